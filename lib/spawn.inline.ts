/// <reference types="vite/client" />
import InlineWorker from "../worker/main.js?worker&inline"

/** The twin of spawn.ts for the script-tag file, which has no worker file beside it and so carries one inside. */
export const spawn = (): Worker => new InlineWorker()
