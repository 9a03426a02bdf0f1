import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
} from 'graphql';
import type { Picker } from './picker.ts';

/** How much a selection multiplies. */
export interface Greed {
  /** Fields that are chosen of a type at most. */
  readonly fields: number;
  /** Under how many aliases each of them may stand. */
  readonly aliases: number;
  /** How many types may stand within each other. */
  readonly depth: number;
  /** Characters of an alias. */
  readonly aliasLength: number;
}

/** A valid selection of a type, and the definitions of the fragments that it spreads. */
export interface Selection {
  readonly text: string;
  readonly fragments: readonly string[];
}

/** Makes selections of a schema's types. Arguments are left out: fields that need any are not chosen. */
export function createSelector(schema: GraphQLSchema, picker: Picker) {
  let names = 0;
  const optional = (field: GraphQLField<unknown, unknown>) =>
    field.args.every((arg) => !String(arg.type).endsWith('!') || arg.defaultValue !== undefined);

  function selectionOf(type: GraphQLCompositeType, greed: Greed): Selection {
    const fragments: string[] = [];
    const inner = (of: GraphQLCompositeType, depth: number): string => {
      if (isAbstractType(of) && (depth === 0 || picker.chance(0.8))) return abstract(of, depth);
      const fields = 'getFields' in of ? Object.values(of.getFields()).filter(optional) : [];
      const usable = fields.filter((field) => depth > 0 || !isCompositeType(getNamedType(field.type)));
      const chosen = picker.times(picker.int(1, greed.fields), () => picker.pick([...usable, undefined]));
      const texts = [...new Set(chosen)].map((field) =>
        field === undefined ? repeated('__typename', '') : fieldText(field, depth),
      );
      return texts.join(' ');
    };
    const fieldText = (field: GraphQLField<unknown, unknown>, depth: number): string => {
      const named = getNamedType(field.type);
      const first = field.args.some(({ name }) => name === 'first') && picker.chance(0.7);
      const args = first ? `(first:${picker.pick([1, 5, 50, 200])})` : '';
      if (!isCompositeType(named)) return repeated(`${field.name}${args}`, '');
      let selected = inner(named, depth - 1);
      if (picker.chance(0.4)) {
        const name = `F${(names += 1)}`;
        fragments.push(`fragment ${name} on ${named.name}{${selected}}`);
        selected = `...${name}`;
      }
      return repeated(`${field.name}${args}`, `{${selected}}`);
    };
    const abstract = (of: GraphQLCompositeType, depth: number): string => {
      const types = isAbstractType(of) ? schema.getPossibleTypes(of) : [];
      const parts = picker
        .times(picker.int(1, Math.min(4, types.length)), () => picker.pick(types))
        .filter(isObjectType)
        .map((each) => `...on ${each.name}{${inner(each, Math.max(0, depth - 1))}}`);
      return ['__typename', ...parts].join(' ');
    };
    const repeated = (field: string, rest: string): string =>
      picker
        .times(picker.chance(0.5) ? 1 : picker.int(1, greed.aliases), (index) => {
          // One name a place: what two fields of one name are would depend on where they meet.
          names += 1;
          return index === -1 ? '' : `${alias(names)}:${field}${rest}`;
        })
        .join(' ');
    const alias = (number: number) => `a${number}_${'x'.repeat(Math.max(0, greed.aliasLength - 6))}`;
    return { text: inner(type, greed.depth), fragments };
  }
  return { selectionOf };
}
