/** Everything that can be wrong with flows, in one place. The first word of a node error says which node. */
import { catalogue } from '../../platform-services/kit/errors.ts';

export const flowErrors = catalogue({
  FLOWS_OUTDATED: [409, (current) => `The flows were changed by somebody else; the current revision is ${current}.`],
  TOO_MUCH_SAVED: [429, 'Too much was saved within a short time. Try again in a few minutes.'],
  FLOWS_BUSY: [503, 'The flows are being changed by too many at once. Try again.'],
  CONTENT_DAMAGED: [
    500,
    (hash) => `A stored flow is damaged or missing (content ${hash}). Restore the data from a backup.`,
  ],
  CREDENTIALS_UNREADABLE: [
    500,
    (tenant) =>
      `The node credentials of tenant "${tenant}" cannot be read: they are damaged or were written with another key. They are kept as they are.`,
  ],

  INVALID_FLOW: [400, 'Given flow is invalid'],
  FLOWS_TOO_LARGE: [400, (reason) => `The flows are too large: ${reason}.`],
  NOT_A_LIST: [400, 'The flows must be a list of nodes.'],
  NODE_WITHOUT_ID: [400, (node) => `${node} has no id.`],
  NODE_WITHOUT_TYPE: [400, (node) => `${node} has no type.`],
  DUPLICATE_NODE_ID: [400, (node) => `${node} has an id that another node has, too.`],
  UNKNOWN_NODE_TYPE: [400, (node) => `${node} has a type that is not installed.`],
  UNKNOWN_SUBFLOW: [400, (node) => `${node} is an instance of a subflow that does not exist.`],
  SUBFLOW_IN_ITSELF: [400, (node) => `${node} puts a subflow into itself.`],
  DANGLING_WIRE: [400, (node, target) => `${node} is wired to "${target}", which is not a node of the same flow.`],
  UNKNOWN_CANVAS: [400, (node, canvas) => `${node} lies on "${canvas}", which is neither a tab nor a subflow.`],
  BAD_GROUP: [400, (node) => `${node} belongs to a group that does not exist, lies elsewhere or contains itself.`],
  MALFORMED_PROPERTY: [400, (node, property) => `${node} has a malformed property "${property}".`],
});
