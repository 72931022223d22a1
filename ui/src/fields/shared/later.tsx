import { Skeleton } from 'antd';
import { lazy, Suspense, type ComponentType } from 'react';

/** A component that is loaded when it is first shown, with its place kept meanwhile. */
export function later<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  const Loaded = lazy(load) as unknown as ComponentType<P>;
  return function Later(props: P) {
    return (
      <Suspense fallback={<Skeleton.Input block active />}>
        <Loaded {...props} />
      </Suspense>
    );
  };
}
