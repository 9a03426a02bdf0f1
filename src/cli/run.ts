import type { ProcessContext } from './process-context.ts';

/** Runs the command that the first argument names: `serve` when there is none. Returns the exit code. */
export async function run(context: ProcessContext): Promise<number> {
  const [command = 'serve'] = context.args;
  switch (command) {
    case 'serve':
      return (await import('./serve.ts')).serve(context);
    case 'worker':
      return (await import('./serve.ts')).serveAsWorker(context);
    case 'config':
      return (await import('./config.ts')).runConfig(context.env);
    case 'migrate':
      return (await import('./migrate.ts')).migrate(context);
    default:
      console.error(`There is no command "${command}". Use "serve", "config" or "migrate".`);
      return 2;
  }
}
