import { createElement } from 'react';
import { domainHead, type DomainHeadProps } from './registry';

/** What the domain of an object shows in the head of its records; nothing where it shows nothing. */
export function DomainHead(props: DomainHeadProps) {
  const Head = domainHead(props.definition.key);
  return Head ? createElement(Head, props) : null;
}
