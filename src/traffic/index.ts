// The public face of traffic.
export { parseRouterFacts, type RouterFacts, routerFactsScript } from './facts.ts'
export { planRouter, type RouterFile, routerBlockers } from './plan-router.ts'
export { makeRouterKinds, type RouterStep } from './steps.ts'
