import { QueryErrorResetBoundary } from '@tanstack/react-query';
import { Component, Suspense, type ReactNode } from 'react';
import { Failure, Waiting } from './states';

interface CatchProps {
  children: ReactNode;
  onReset: () => void;
  /** Changing it forgives the failure: another page is shown. */
  mark: string;
}

class Catch extends Component<CatchProps, { error: unknown; mark: string }> {
  override state = { error: null as unknown, mark: this.props.mark };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: CatchProps, state: { error: unknown; mark: string }) {
    return props.mark === state.mark ? null : { error: null, mark: props.mark };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <Failure
        error={this.state.error}
        retry={() => {
          this.props.onReset();
          this.setState({ error: null });
        }}
      />
    );
  }
}

/** Where a page loads or fails without taking the frame with it. */
export function Boundary({ children, mark = '', waiting }: { children: ReactNode; mark?: string; waiting?: ReactNode }) {
  return (
    <QueryErrorResetBoundary>
      {({ reset }) => (
        <Catch onReset={reset} mark={mark}>
          <Suspense fallback={waiting ?? <Waiting />}>{children}</Suspense>
        </Catch>
      )}
    </QueryErrorResetBoundary>
  );
}
