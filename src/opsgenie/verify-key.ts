import { FAILURES, Failure } from '../failure.ts';
import { type Answer, describeAnswer, exchange, isTemporary } from '../http/exchange.ts';
import { serverWait } from '../http/rate-limit.ts';
import { isObject, parseJson } from '../json.ts';
import { type CallContext, withRetries } from '../retry.ts';

/** The regions in which a key can be verified. */
export const OPSGENIE_REGIONS = ['us', 'eu'] as const;

const HOSTS = { us: 'api.opsgenie.com', eu: 'api.eu.opsgenie.com' } as const;

export interface KeyToVerify {
  readonly apiKey: string;
  readonly region: (typeof OPSGENIE_REGIONS)[number];
}

/**
 * Asks Opsgenie whether it accepts a key, with a harmless request that needs Configuration access:
 * https://docs.opsgenie.com/docs/account-api
 *
 * @returns the host that accepted the key
 * @throws Failure if Opsgenie rejects the key, or gives no verdict. Datadog was not called, so nothing may be applied.
 */
export async function verifyKey({ apiKey, region }: KeyToVerify, context: CallContext): Promise<string> {
  const url = new URL(`https://${HOSTS[region]}/v2/account`);
  const headers = { Accept: 'application/json', Authorization: `GenieKey ${apiKey}` };
  try {
    await withRetries(async (timeLimit) => {
      const request = { method: 'GET', url, headers, body: undefined, tracedHeaders: [] } as const;
      const failure = failureFromVerdict(await exchange(request, timeLimit, context.trace));
      if (failure !== undefined) throw failure;
    }, context);
    return url.host;
  } catch (error) {
    throw withoutVerdict(Failure.from(error)).with({ attempts: 0, status: undefined, mayBeApplied: false });
  }
}

/** Undefined if Opsgenie accepted the key. */
function failureFromVerdict(answer: Answer): Failure | undefined {
  const { status, body, isComplete } = answer;
  const json = isComplete ? parseJson(body) : undefined;
  const { data, message, code } = isObject(json) ? json : {};
  if (status === 200 && isObject(data) && typeof data.name === 'string') return undefined;

  const texts = typeof message === 'string' ? [message] : [];
  const said = describeAnswer(answer);
  const rejected = (why: string, retry: 'never' | 'once' = 'never'): Failure =>
    new Failure('key-rejected', `${said}. ${why}`, { texts, retry });
  if (status === 401 && texts.length > 0) {
    return rejected('The key is unknown, disabled, or belongs to the other region.', 'once');
  }
  if (status === 422 && message === 'Key format is not valid!') {
    return rejected('api_key does not have the format of an Opsgenie API key.');
  }
  if (status === 403 && code === 40301) {
    return rejected(
      "The key exists, but lacks Configuration access: it is an integration's or a team's key. The account needs a key from API key management with Read and Configuration access.",
    );
  }
  return new Failure('key-not-verified', `${said}, which says nothing about the key.`, {
    texts,
    retry: isTemporary(answer) ? 'backoff' : 'never',
    serverWait: serverWait(answer),
  });
}

/** Anything that kept Opsgenie from giving a verdict is the same kind of failure, with its own remedy as a hint. */
function withoutVerdict(failure: Failure): Failure {
  const { kind, message } = failure;
  if (['key-rejected', 'key-not-verified', 'cancelled', 'internal'].includes(kind)) return failure;
  const isLocal = kind === 'certificate' || kind.startsWith('proxy-');
  return new Failure('key-not-verified', message, {
    gaveUpReason: failure.facts.gaveUpReason,
    hints: isLocal ? [FAILURES[kind].remedy] : [],
    cause: failure,
  });
}
