import type { Route } from '#kit/http.ts'
import type { PageAssets } from '#topz/page/assets.ts'
import { answer } from './answer.ts'

/** What the page loads. */
export function assetRoutes(assets: PageAssets): Record<string, Route> {
  return {
    '/topz/page.js': {
      GET: (request) => answer(request, { type: 'text/javascript', body: assets.script }),
    },
    '/topz/page.css': {
      GET: (request) => answer(request, { type: 'text/css', body: assets.style }),
    },
  }
}
