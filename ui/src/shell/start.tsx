import { Button } from 'antd';
import { Link, Navigate } from '@tanstack/react-router';
import { FileQuestion } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Failure, Notice, Waiting } from '@/design/states';
import { objectsQuery } from '@/records/definitions';
import { areas } from './areas';

/** The first page after signing in: the first list of the navigation. */
export function StartPage() {
  const { t } = useTranslation('shell');
  const { data, error, refetch } = useQuery(objectsQuery);
  if (error) return <Failure error={error} retry={() => void refetch()} />;
  if (!data) return <Waiting />;
  const worked = areas(data.objects).flatMap((area) => area.objects);
  const first = worked.find((object) => object.key === 'customer') ?? worked[0];
  if (!first) return <Notice title={t('nothingToUse')} text={t('nothingToUseText')} />;
  return <Navigate to="/records/$object" params={{ object: first.key }} replace />;
}

/** An address that leads nowhere. */
export function NotFoundPage() {
  const { t } = useTranslation('shell');
  return (
    <Notice icon={FileQuestion} title={t('noPage')} text={t('noPageText')}>
      <Link to="/">
        <Button type="primary">{t('toStart')}</Button>
      </Link>
    </Notice>
  );
}
