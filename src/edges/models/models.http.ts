import type { IncomingMessage } from 'node:http';
import type { CatalogView } from '../../catalog/catalog-view.ts';
import type { PolicyService } from '../../policies/policy.service.ts';
import type { Exchange, HttpEndpoint } from '../../server/http-api.ts';
import { ExpectedError, ForbiddenError, NotFoundError } from '../../system/expected-error.ts';
import { mayDo, missingRole } from '../../tenants/permissions.ts';
import type { Viewer } from '../../tenants/viewer.ts';
import { anthropicError, speaksAnthropic } from '../common/anthropic-error.ts';
import { faultOfError } from '../common/fault-of.ts';
import { refuseIn, sendFault, sendJson } from '../common/fault.http.ts';
import { openaiError } from '../common/openai-error.ts';
import { listModels, modelOf } from './list-models.ts';
import { anthropicModels, openaiModels } from './word-models.ts';

/** What the list of models is made of. */
export interface ModelsParts {
  readonly catalog: () => CatalogView;
  readonly policies: Pick<PolicyService, 'policyOf'>;
}

/** `GET /v1/models`, and `/v1/models/{id}` where an id is given; whose shape it is, its headers say. */
export function createModelsEndpoint(parts: ModelsParts, id?: string): HttpEndpoint {
  return {
    methods: ['GET', 'HEAD'],
    isRouted: false,
    refuse: refuseIn(faultWordingOf),
    async answer(asked) {
      const { request, response, viewer } = asked;
      try {
        sendJson(response, 200, bodyOf(parts, { request, viewer, id }));
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error;
        sendFault(
          response,
          faultOfError(error, (path) => path),
          faultWordingOf(asked),
        );
      }
    },
  };
}

function bodyOf(
  { catalog, policies }: ModelsParts,
  {
    request,
    viewer,
    id,
  }: { readonly request: IncomingMessage; readonly viewer: Viewer; readonly id: string | undefined },
): object {
  if (!mayDo(viewer.roles, 'readCatalog')) throw new ForbiddenError(missingRole(viewer.roles, 'readCatalog'));
  const wording = speaksAnthropic(request.headers) ? anthropicModels : openaiModels;
  if (id !== undefined) return wording.one(modelOf(id, catalog()));
  const policy = policies.policyOf(viewer.tenantId);
  if (policy === undefined) throw new NotFoundError('This tenant has no routing policy.');
  return wording.list(listModels(catalog(), policy));
}

function faultWordingOf({ request }: Pick<Exchange, 'request'>) {
  return speaksAnthropic(request.headers) ? anthropicError : openaiError;
}
