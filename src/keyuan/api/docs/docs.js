// Shows /api/v1/openapi.json: operations by group, their parameters, bodies and answers. Nothing is loaded from elsewhere.
'use strict';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
let description = null;

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function resolve(part) {
  let found = part;
  while (found && found.$ref) {
    found = found.$ref
      .slice(2)
      .split('/')
      .reduce((at, step) => at && at[step], description);
  }
  return found || {};
}

function nameOf(schema) {
  return schema.$ref ? schema.$ref.split('/').pop() : '';
}

// A short word for what a value is: `text`, `customer`, `list of …`.
function kind(schema) {
  if (!schema || Object.keys(schema).length === 0) return 'any';
  if (schema.$ref) return nameOf(schema);
  const either = schema.anyOf || schema.oneOf || schema.allOf;
  if (either) return either.map(kind).join(schema.allOf ? ' & ' : ' | ');
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const types = [].concat(schema.type || 'any');
  return types
    .map((type) => {
      if (type === 'array') return `list of ${kind(schema.items)}`;
      const limits = [
        schema.format,
        schema.minimum !== undefined ? `≥ ${schema.minimum}` : '',
        schema.maximum !== undefined ? `≤ ${schema.maximum}` : '',
        schema.maxLength !== undefined ? `≤ ${schema.maxLength} characters` : '',
      ].filter(Boolean);
      return limits.length && type !== 'null' ? `${type} (${limits.join(', ')})` : type;
    })
    .join(' | ');
}

// The inner schemas worth opening: named ones and objects with properties.
function inner(schema, depth) {
  if (!schema || depth > 6) return [];
  if (schema.$ref || schema.properties) return [schema];
  return [...(schema.anyOf || []), ...(schema.allOf || []), ...(schema.items ? [schema.items] : [])].flatMap((part) =>
    inner(part, depth + 1),
  );
}

function schemaView(schema, label) {
  const shown = resolve(schema);
  if (!shown.properties) {
    const parts = inner(shown, 0).filter((part) => part !== shown);
    return element('div', {}, element('code', {}, label || kind(shown)), ...parts.map((part) => schemaView(part, nameOf(part))));
  }
  const view = element('details', { class: 'schema' }, element('summary', {}, label || nameOf(schema) || 'object'));
  // made when it is opened: records refer to each other without end
  view.addEventListener(
    'toggle',
    () => {
      const needed = new Set(shown.required || []);
      const rows = Object.entries(shown.properties).map(([key, value]) =>
        element(
          'tr',
          {},
          element('td', needed.has(key) ? { class: 'required' } : {}, element('code', {}, key)),
          element('td', {}, element('code', {}, kind(value)), ...inner(value, 0).map((part) => schemaView(part, nameOf(part)))),
          element('td', { class: 'words' }, value.description || ''),
        ),
      );
      view.append(element('table', {}, ...rows));
    },
    { once: true },
  );
  return view;
}

function contentView(content) {
  return Object.entries(content || {}).map(([type, value]) =>
    element('div', {}, element('code', {}, type), ' ', schemaView(value.schema || {})),
  );
}

function operationView(path, method, operation) {
  const view = element(
    'details',
    { class: 'operation', id: operation.operationId },
    element(
      'summary',
      {},
      element('code', { class: `method ${method}` }, method),
      element('code', {}, path),
      element('span', { class: 'words' }, operation.summary || ''),
    ),
  );
  view.addEventListener(
    'toggle',
    () => {
      const body = element('div', { class: 'inner' });
      if (operation.description) body.append(element('p', {}, operation.description));
      const parameters = (operation.parameters || []).map(resolve);
      if (parameters.length) {
        body.append(element('h3', {}, 'Parameters 参数'));
        const rows = parameters.map((one) => {
          const schema = one.schema || Object.values(one.content || {})[0]?.schema;
          return element(
            'tr',
            {},
            element('td', one.required ? { class: 'required' } : {}, element('code', {}, one.name), ` ${one.in}`),
            element('td', {}, element('code', {}, kind(schema))),
            element('td', { class: 'words' }, one.description || ''),
          );
        });
        body.append(element('table', {}, ...rows));
      }
      if (operation.requestBody) {
        body.append(element('h3', {}, 'Body 请求内容'), ...contentView(resolve(operation.requestBody).content));
      }
      body.append(element('h3', {}, 'Answers 应答'));
      const rows = Object.entries(operation.responses).map(([status, given]) => {
        const answer = resolve(given);
        return element(
          'tr',
          {},
          element('td', {}, element('code', {}, status)),
          element('td', {}, answer.description || '', ...contentView(answer.content)),
        );
      });
      body.append(element('table', {}, ...rows));
      view.append(body);
    },
    { once: true },
  );
  return view;
}

function show(filter) {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map();
  for (const [path, item] of Object.entries(description.paths)) {
    for (const method of METHODS.filter((name) => item[name])) {
      const operation = item[method];
      const tag = (operation.tags || ['Other'])[0];
      const text = `${method} ${path} ${operation.summary} ${tag}`.toLowerCase();
      if (!words.every((word) => text.includes(word))) continue;
      if (!groups.has(tag)) groups.set(tag, []);
      groups.get(tag).push(operationView(path, method, operation));
    }
  }
  const content = document.getElementById('content');
  const tags = document.getElementById('tags');
  content.replaceChildren();
  tags.replaceChildren();
  if (words.length === 0) content.append(element('p', { class: 'words' }, description.info.description));
  for (const [tag, views] of groups) {
    const id = `tag-${tag.replace(/\W+/g, '-')}-${tags.childElementCount}`;
    tags.append(element('a', { href: `#${id}` }, tag));
    content.append(element('h2', { id }, tag), ...views);
  }
  if (groups.size === 0) content.append(element('p', {}, 'Nothing found. 没有找到。'));
}

async function start() {
  const content = document.getElementById('content');
  let answer = await fetch('/api/v1/openapi.json');
  // an ended session shows what everybody may see
  if (answer.status === 401) answer = await fetch('/api/v1/openapi.json', { credentials: 'omit' });
  if (!answer.ok) {
    content.replaceChildren(element('p', {}, `The description cannot be read (${answer.status}). 无法读取。`));
    return;
  }
  description = await answer.json();
  show('');
  let waiting = 0;
  document.getElementById('search').addEventListener('input', (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(event.target.value), 150);
  });
}

start();
