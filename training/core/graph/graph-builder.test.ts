import { describe, expect, it } from 'vitest';
import { createGraphBuilder } from './graph-builder.ts';

describe('a graph under construction', () => {
  it('lists inputs, stored numbers, operators and outputs with names of their own', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', 'float32', ['n']);
    const one = builder.floats('one', [], [1]);
    const two = builder.floats('one', [], [2]);
    builder.output('y', builder.node('Add', [builder.node('Add', [x, one]), two]), 'float32', ['n']);
    const graph = builder.build();
    expect(graph.nodes.map(({ operator, inputs, outputs }) => [operator, inputs, outputs])).toEqual([
      ['Add', ['x', 'one_0'], ['Add_0_out']],
      ['Add', ['Add_0_out', 'one_1'], ['Add_1_out']],
      ['Identity', ['Add_1_out'], ['y']],
    ]);
    expect(Object.keys(graph.initializers)).toEqual(['one_0', 'one_1']);
  });

  it('leaves an optional input out by an empty name', () => {
    const builder = createGraphBuilder('g');
    const x = builder.input('x', 'float32', ['n']);
    builder.output('y', builder.node('Clip', [x, undefined, x]), 'float32', ['n']);
    expect(builder.build().nodes[0]?.inputs).toEqual(['x', '', 'x']);
  });

  it('gives an operator with several outputs several values', () => {
    const builder = createGraphBuilder('g');
    const [a, b] = builder.nodes('Split', 2, [builder.input('x', 'float32', [4])]);
    expect([a?.name, b?.name]).toEqual(['Split_0_out0', 'Split_0_out1']);
  });

  it('throws on numbers that do not fill their shape, on a name made twice, on a value from elsewhere', () => {
    expect(() => createGraphBuilder('g').floats('w', [2, 2], [1, 2, 3])).toThrow(RangeError);
    const twice = createGraphBuilder('g');
    const x = twice.input('x', 'float32', [1]);
    twice.output('x', x, 'float32', [1]);
    expect(() => twice.build()).toThrow('made twice');
    const foreign = createGraphBuilder('g');
    foreign.output('y', x, 'float32', [1]);
    expect(() => foreign.build()).toThrow('before it is made');
    expect(() => createGraphBuilder('empty').build()).toThrow('no outputs');
  });
});
