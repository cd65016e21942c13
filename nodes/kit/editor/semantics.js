/**
 * Extends the editor definition of a type that Node-RED itself describes, registered right after this script: a title of
 * its own, and the choice between Node-RED's rules and dojot's.
 *
 * @param prepare called with the node before Node-RED's own form is prepared
 */
export function extendWithSemantics(type, prepare) {
  const register = RED.nodes.registerType;
  RED.nodes.registerType = (name, definition) => {
    RED.nodes.registerType = register;
    if (name === type) extend(definition);
    register.call(RED.nodes, name, definition);
  };

  function extend(definition) {
    const prepareForm = definition.oneditprepare;
    definition.defaults.semantics = { value: 'node-red' };
    definition.paletteLabel = function () {
      return this._(`${type}.title`);
    };
    definition.oneditprepare = function () {
      addChoice(this);
      prepare(this);
      prepareForm.call(this);
    };
  }

  function addChoice(node) {
    const select = $('<select id="node-input-semantics" style="width: 70%">');
    for (const semantics of ['node-red', 'dojot']) {
      select.append($('<option>', { value: semantics, text: node._(`${type}.semantics.${semantics}`) }));
    }
    const label = $('<label for="node-input-semantics">').text(` ${node._(`${type}.semantics.label`)}`);
    label.prepend('<i class="fa fa-book"></i>');
    const hint = $('<div class="form-tips" style="margin-bottom: 12px">').text(node._(`${type}.semantics.hint`));
    $('#node-input-name')
      .closest('.form-row')
      .after($('<div class="form-row">').append(label, ' ', select), hint);
    select.on('change', () => hint.toggle(select.val() === 'dojot'));
    select.val(node.semantics === 'dojot' ? 'dojot' : 'node-red').trigger('change');
  }
}
