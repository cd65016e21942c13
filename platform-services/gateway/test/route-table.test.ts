import { describe, expect, test } from '@jest/globals';
import { routeTable } from '../route-table.ts';
import { groupOf, route } from './support/world.ts';

const answer = async () => ({ status: 200 });
const devices = groupOf('device', [
  route('get', '/device', answer),
  route('get', '/device/{id}', answer),
  route('put', '/device/{id}/{verb}', answer),
]);
const latest = groupOf('device', [route('get', '/device/{id}/latest', answer)]);
const history = groupOf('history', [route('get', '/history/{id}', answer)], { trailingSlash: 'accepted' });
const auth = groupOf('auth', [route('post', '/auth', answer)]);
const users = groupOf('auth/user', [route('get', '/auth/user', answer)]);
const table = routeTable([devices, latest, history, users], [auth]);
const find = (method: string, path: string) => table.find(method, path.split('/').slice(1));

describe('the route table', () => {
  test.each([
    ['GET', '/device', '/device'],
    ['HEAD', '/device', '/device'],
    ['GET', '/device/7', '/device/{id}'],
    ['GET', '/device/7/latest', '/device/{id}/latest'],
    ['PUT', '/device/7/latest', '/device/{id}/{verb}'],
    ['GET', '/history/7/', '/history/{id}'],
    ['POST', '/auth', '/auth'],
    ['GET', '/auth/user', '/auth/user'],
  ])('%s %s is answered by %s', (method, path, template) => {
    expect(find(method, path)?.route?.endpoint.path).toBe(template);
  });

  test.each([['/devicefoo'], ['/'], ['//device'], ['/Device']])('nobody owns %s', (path) => {
    expect(find('GET', path)).toBeUndefined();
  });

  test.each([['/device/'], ['/device//'], ['/device/7/'], ['/device/a\u0000'], ['/history//']])(
    '%j is unknown in its group',
    (path) => {
      const found = find('GET', path);
      expect(found).toMatchObject({ allowed: [] });
      expect(found?.route).toBeUndefined();
    },
  );

  test('other verbs of a known path are listed', () => {
    expect(find('DELETE', '/device/7')?.allowed).toEqual(['GET', 'HEAD', 'OPTIONS']);
  });

  test('a path below a protected prefix is not open because a shorter prefix is', () => {
    expect(find('GET', '/auth/user/9')?.open).toBe(false);
    expect(find('GET', '/auth/other')?.open).toBe(true);
  });
});
