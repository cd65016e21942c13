/** Source and sink of the stock side: as little as a node can do. */
export default function stockEnds(RED) {
  RED.nodes.registerType('bench source', function (config) {
    RED.nodes.createNode(this, config);
    RED.settings.bench.source = this;
  });
  RED.nodes.registerType('bench sink', function (config) {
    RED.nodes.createNode(this, config);
    this.on('input', (_message, _send, done) => {
      done();
      RED.settings.bench.arrived();
    });
  });
}
