/** What can be wrong between the platform and a tenant's process. */
import { catalogue } from '../../platform-services/kit/errors.ts';

export const supervisorErrors = catalogue({
  INVALID_TENANT: [404, (tenant) => `There is no tenant "${tenant}".`],
  EDITOR_UNAVAILABLE: [503, (tenant) => `The flows of tenant "${tenant}" are not running now. Try again in a moment.`],
  STOPPING: [503, 'The platform is being stopped.'],
  NOT_NODES: [400, 'Every node of a flow needs an id and a type.'],
  MESSAGE_TOO_LARGE: [413, (limit) => `A flow may not publish more than ${limit} characters at once.`],
  INVALID_CALL: [
    400,
    'The platform cannot do what the flow asked for: something in it is too long or of the wrong kind.',
  ],
  FOREIGN_ORIGIN: [400, 'A flow may only name messages of its own tenant as the origin of what it publishes.'],
  REQUEST_FAILED: [500, 'The platform could not do what the flow asked for.'],
  SOCKET_PATH_TOO_LONG: [
    500,
    (path) => `The path of the editor's socket (${path}) is too long for a unix socket. Choose a shorter data folder.`,
  ],
});
