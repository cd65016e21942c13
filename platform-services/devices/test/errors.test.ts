import { expect, test } from '@jest/globals';
import { PlatformError, portErrors } from '../../kit/errors.ts';
import { renderError } from '../errors.ts';

test('says nothing of an error nobody foresaw', () => {
  const unforeseen = new PlatformError('INTERNAL', 500, 'secret', { requestId: 'r1' });
  expect(renderError(unforeseen)).toEqual({ status: 500, body: { msg: 'Internal Error' } });
});

test('shows errors of the ports and the gateway in the ordinary form', () => {
  expect(renderError(portErrors.STORE_UNAVAILABLE('the disk is full'))).toEqual({
    status: 503,
    body: { message: 'The data could not be stored: the disk is full', status: 503 },
  });
});
