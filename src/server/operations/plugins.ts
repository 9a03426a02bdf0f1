import { GraphQLError, type ASTVisitor, type ValidationContext } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { executePrepared } from './execute-prepared.ts';
import { admitOperation, type AdmissionRules } from './admit-operation.ts';

/** Has every query and mutation judged by `admitOperation`; subscriptions are where they start. */
export function admitOperations(rules: AdmissionRules): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(
        (args): unknown => executePrepared(args) ?? admitOperation(args, rules) ?? executeFn(args),
      );
    },
  };
}

/** Refuses documents that ask for the schema, whoever sends them, and names nothing of it in other refusals. */
export const closeIntrospection: Plugin = {
  onValidate({ addValidationRule, setValidationFn, validateFn }) {
    addValidationRule(refuseIntrospection);
    setValidationFn((schema, document, rules, options): unknown =>
      validateFn(schema, document, rules, { ...options, hideSuggestions: true }),
    );
  },
};

/** All that introspection tells is below these two. */
function refuseIntrospection(context: ValidationContext): ASTVisitor {
  return {
    Field(node) {
      if (node.name.value !== '__schema' && node.name.value !== '__type') return;
      const message = `This server does not tell its schema: \`${node.name.value}\` is switched off.`;
      context.reportError(new GraphQLError(message, { nodes: [node], extensions: { code: 'FORBIDDEN' } }));
    },
  };
}
