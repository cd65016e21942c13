import { knownIds } from './known-ids.js';
import { createPicker } from './picker.js';

/**
 * Prepares the form of a node that writes to devices: where the targets come from, the devices, where the values come from.
 *
 * @param accepts which devices, as the REST API describes them, may be chosen; all, when left out
 */
export function prepareDeviceOutput(node, accepts) {
  const source = $('#node-input-device_source');
  const devices = $('#node-input-devices');
  const missing = node._('multi-device.text.missing');

  devices.css('min-height', '120px').editableList({
    addButton: true,
    removable: true,
    sortable: true,
    addItem(row, _index, item) {
      const input = $('<input type="text" style="width: 100%">').appendTo(row);
      const devicePath = { path: '/device', list: 'devices', accepts };
      row.data('picker', createPicker(input, devicePath, typeof item.id === 'string' ? item.id : '', missing));
    },
  });
  for (const id of node.devices_source_configured ?? []) devices.editableList('addItem', { id: String(id ?? '') });

  $('#node-input-devices_source_dynamic').typedInput({
    types: ['msg'],
    typeField: '#node-input-devices_source_dynamicFieldType',
  });
  $('#node-input-attrs').typedInput({ types: ['msg'] });
  source.on('change', () => {
    $('.dojot-configured').toggle(source.val() === 'configured');
    $('.dojot-dynamic').toggle(source.val() === 'dynamic');
  });
  source.trigger('change');
}

/** Takes the chosen devices over from the form. */
export function saveDeviceOutput(node) {
  const ids = [];
  $('#node-input-devices')
    .editableList('items')
    .each((_index, row) => {
      const id = row.data('picker').id();
      if (id !== '') ids.push(id);
    });
  node.devices_source_configured = ids.length > 0 ? ids : [''];
}

const devices = knownIds('/device');

/** Of the devices chosen in the form: says why a message would not reach one. */
function validateConfigured(value, _options) {
  if (this.device_source !== 'configured') return true;
  const ids = [value].flat().map((id) => String(id ?? '').trim());
  const chosen = ids.filter((id) => id !== '');
  if (chosen.length === 0) return this._('multi-device.problem.none');
  // All are asked for at once.
  const absent = chosen.filter((id) => !devices.has(id, this));
  return absent.length === 0 || this._('multi-device.problem.absent', { id: absent.join(', ') });
}

/** Of the path to devices that the message names. */
function validateDynamic(value, options) {
  return this.device_source !== 'dynamic' || RED.utils.validatePropertyExpression(value, options);
}

export const deviceOutputDefaults = {
  name: { value: '' },
  device_source: { value: 'self' },
  devices_source_configured: { value: [''], validate: validateConfigured },
  devices_source_dynamic: { value: '', validate: validateDynamic },
  devices_source_dynamicFieldType: { value: 'msg' },
  attrs: { value: '', required: true },
  _devices_loaded: { value: false },
};
