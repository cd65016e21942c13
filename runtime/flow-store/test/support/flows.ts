/** Flows to test with. The greenhouse is the worked example of the contract (flows-and-nodes §13). */
export const greenhouse = `[
 {"id":"t0","type":"tab","label":"Flow 1"},
 {"id":"n1","type":"event template in","z":"t0","name":"pot","template_id":"31","event_create":false,"event_update":false,"event_remove":false,"event_configure":false,"event_publish":true,"x":90,"y":60,"wires":[["n2"]]},
 {"id":"n2","type":"switch","z":"t0","name":"","property":"payload.data.attrs.moisture","propertyType":"msg","rules":[{"t":"lt","v":"20","vt":"num"}],"checkall":"true","outputs":1,"x":220,"y":60,"wires":[["n3","n5"]]},
 {"id":"n3","type":"change","z":"t0","name":"","rules":[{"t":"set","p":"cmd.valve","pt":"msg","to":"true","tot":"bool"}],"x":360,"y":30,"wires":[["n4"]]},
 {"id":"n4","type":"multi actuate","z":"t0","name":"","device_source":"self","devices_source_dynamic":"","devices_source_dynamicFieldType":"msg","devices_source_configured":[""],"attrs":"cmd","x":520,"y":30,"wires":[]},
 {"id":"n5","type":"template","z":"t0","name":"","field":"note","fieldType":"msg","syntax":"handlebars","template":"{\\"text\\":\\"pot {{payload.data.id}} is dry\\"}","output":"json","x":360,"y":90,"wires":[["n6"]]},
 {"id":"n6","type":"notification","z":"t0","name":"","msgType":"dynamic","messageDynamic":"note.text","messageStatic":"","source":"note.meta","x":520,"y":90,"wires":[]}]`;

export const flowTypes: ReadonlySet<string> = new Set([
  ...['event device in', 'event template in', 'switch', 'change', 'template', 'multi actuate', 'multi device out'],
  ...['inject', 'debug', 'function', 'comment', 'link in', 'link out', 'catch', 'http request', 'tls-config'],
]);
