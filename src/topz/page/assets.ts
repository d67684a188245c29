import { bundlePage } from './bundle.ts' with { type: 'macro' }

/** What the page loads beside itself, whole in memory. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/** Made when this file is transpiled or compiled: nothing is read while the program runs. */
export const pageAssets: PageAssets = bundlePage()
