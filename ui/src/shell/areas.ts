/** The areas of the side navigation, in their order. Objects say which one they belong to. */
import type { ObjectSummary } from '@/api/contract';

/** Known areas in order; others follow, an administrator's own among them. */
export const areaOrder = ['customers', 'sales', 'products', 'finance', 'marketing', 'service', 'insight', 'office', 'custom'] as const;

export type KnownArea = (typeof areaOrder)[number];

/** Words that definitions may use for an area. */
const aliases: Record<string, string> = {
  customer: 'customers',
  product: 'products',
  analytics: 'insight',
  analysis: 'insight',
  work: 'office',
  activity: 'office',
  admin: 'settings',
  system: 'settings',
};

export const areaOf = (object: ObjectSummary): string => aliases[object.area] ?? object.area;

export interface Area {
  key: string;
  objects: ObjectSummary[];
}

/** The objects by area; those of the settings are left out, they have a page of their own. */
export function areas(objects: ObjectSummary[]): Area[] {
  const grouped = new Map<string, ObjectSummary[]>();
  for (const object of objects) {
    const area = areaOf(object);
    // Lines and trails are seen in the record they belong to.
    const inside = object.parent !== '' && !object.owned;
    if (area === 'settings' || area === '' || inside || !object.can.read) continue;
    grouped.set(area, [...(grouped.get(area) ?? []), object]);
  }
  const place = (key: string) => {
    const index = areaOrder.indexOf(key as KnownArea);
    return index < 0 ? areaOrder.length : index;
  };
  return [...grouped].map(([key, list]) => ({ key, objects: list })).sort((a, b) => place(a.key) - place(b.key));
}

/** The objects that live on the settings page. */
export const settingsObjects = (objects: ObjectSummary[]): ObjectSummary[] =>
  objects.filter((object) => areaOf(object) === 'settings' && object.can.read && (object.parent === '' || object.owned));
