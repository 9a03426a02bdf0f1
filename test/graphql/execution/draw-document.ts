import {
  getNamedType,
  GraphQLInt,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';

/** A document of one operation, and what is sent with it. */
export interface Drawn {
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Draws documents that a schema allows, most of them valid, and variables, most of them right. */
export function createDocuments(schema: GraphQLSchema, random: () => number): () => Drawn {
  const chance = (share: number): boolean => random() < share;
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let definitions: string[] = [];
  let fragments: string[] = [];
  let variables: Record<string, unknown> = {};

  function drawSet(type: GraphQLCompositeType, levels: number): string {
    const parts = ['__typename'].slice(chance(0.2) ? 0 : 1);
    const fields = isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [];
    const usable = fields.filter(({ type: of }) => levels > 0 || !isCompositeType(getNamedType(of)));
    for (let count = 1 + Math.floor(random() * 4); count > 0 && usable.length > 0; count -= 1)
      parts.push(drawField(pick(usable), levels));
    const members = isAbstractType(type) ? schema.getPossibleTypes(type) : [];
    for (const member of members) if (chance(0.5)) parts.push(drawFragment(member, levels, type));
    if (chance(0.1)) parts.push(drawFragment(type, levels, type));
    if (chance(0.05) && isObjectType(type))
      for (const each of type.getInterfaces()) parts.push(drawFragment(each, levels, type));
    return `{ ${parts.length === 0 ? '__typename' : parts.join(' ')} }`;
  }

  function drawFragment(type: GraphQLCompositeType, levels: number, parent: GraphQLCompositeType): string {
    const set = drawSet(type, Math.max(levels - 1, 0));
    if (chance(0.6)) return `... ${type !== parent || chance(0.5) ? `on ${type.name}` : ''} ${set}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on ${type.name} ${set}`);
    return chance(0.2) ? `...${name} ...${name}` : `...${name}`;
  }

  function drawField(field: GraphQLField<unknown, unknown>, levels: number): string {
    const type = getNamedType(field.type);
    const alias = chance(0.3) || field.args.length > 0 ? `a${Math.floor(random() * 1e6)}: ` : '';
    const given = field.args.flatMap(({ name, type: of, defaultValue }) => {
      const isRequired = isNonNullType(of) && defaultValue === undefined;
      return isRequired || chance(0.5) ? [`${name}: ${drawArgument(of)}`] : [];
    });
    const directive = chance(0.003) ? pick([' @skip(if: false)', ' @include(if: true)']) : '';
    const head = `${alias}${field.name}${given.length > 0 ? `(${given.join(', ')})` : ''}${directive}`;
    if (!isCompositeType(type)) return head;
    const one = `${head} ${drawSet(type, levels - 1)}`;
    return chance(0.1) && given.length === 0 ? `${one} ${head} ${drawSet(type, levels - 1)}` : one;
  }

  /** A variable, or a value as the document has it, which may have variables within it. */
  function drawArgument(type: GraphQLInputType): string {
    const of = isNonNullType(type) ? type.ofType : type;
    if (chance(0.3) && of === GraphQLInt) return '3';
    if (chance(0.3) && isEnumType(of)) return pick(of.getValues()).name;
    if (chance(0.3) && isListType(of)) return `[${drawArgument(of.ofType)}]`;
    if (chance(0.3) && isInputObjectType(of) && !of.isOneOf) {
      const fields = Object.values(of.getFields()).filter(({ type }) => isNonNullType(type) || chance(0.1));
      return `{ ${fields.map(({ name, type }) => `${name}: ${drawArgument(type)}`).join(' ')} }`;
    }
    const name = `v${definitions.length}`;
    const isLoose = isNonNullType(type) && String(type) === 'Int!' && chance(0.2);
    definitions.push(`$${name}: ${String(isLoose ? type.ofType : type)}${isLoose ? ' = 5' : ''}`);
    if (!chance(isNonNullType(type) ? 0.01 : 0.15)) variables[name] = drawInput(type, 4);
    return `$${name}`;
  }

  function drawInput(type: GraphQLInputType, levels: number, isRequired = false): unknown {
    if (chance(0.005)) return pick([null, 'x', 7, -1.5, true, [], {}, [null], { nonsense: 1 }, [['x']]]);
    if (isNonNullType(type)) return drawInput(type.ofType, levels, true);
    if (!isRequired && chance(0.05)) return null;
    if (isListType(type)) {
      const item = () => drawInput(type.ofType, levels);
      return chance(0.1) ? item() : Array.from({ length: Math.floor(random() * 3) }, item);
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields());
      const chosen = type.isOneOf && chance(0.95) ? [pick(fields)] : fields;
      const entries = chosen.flatMap(({ name, type: of }) =>
        isNonNullType(of) || type.isOneOf || (levels > 0 && chance(0.3))
          ? [[name, drawInput(of, levels - 1)]]
          : [],
      );
      return Object.fromEntries(chance(0.01) ? [...entries, ['__proto__', 1]] : entries) as unknown;
    }
    if (isEnumType(type)) return pick(type.getValues()).name;
    return isLeafType(type) ? drawLeaf(type.name) : undefined;
  }

  function drawLeaf(name: string): unknown {
    if (name === 'Int' || name === 'SafeInt') return Math.floor(random() * 1000);
    if (name === 'Float') return random();
    if (name === 'Boolean') return chance(0.5);
    if (name === 'DateTime') return '2026-11-22T10:00:00.000Z';
    if (name === 'JSON') return { type: 'object', list: [1, null] };
    return chance(0.1) ? '' : `text ${Math.floor(random() * 100)}`;
  }

  return () => {
    [definitions, fragments, variables] = [[], [], {}];
    const set = drawSet(schema.getMutationType()!, 5);
    const head = definitions.length > 0 ? `(${definitions.join(', ')})` : '';
    return { query: [`mutation ${head} ${set}`, ...fragments].join('\n'), variables };
  };
}
