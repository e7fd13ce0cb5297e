/** What containers and images of ours look like to the engine, without a client of it: for whoever has to tell them from others. */
export { containerProfile, INIT_PATH, LABEL, type ProfileInput, type ProfileSettings } from './container-profile.js';
export { isMarked } from './images/build-marker.js';
export { BUILD_LABEL } from './images/dockerfile-of-recipe.js';
export { IMAGE_LABEL, IMAGE_REPOSITORY } from './images/image-names.js';
export { INSTALLED_PATH } from './images/install-scripts.js';
export { lockProfile } from './images/lock-profile.js';
export { lookProfile } from './images/look-profile.js';
export type { ContainerLimits } from './sandbox-class.js';
export {
  COVERED,
  ownProcesses,
  placeArgument,
  tenantProfile,
  type TenantProfileInput,
} from './tenant/tenant-profile.js';
export { inodesOf, tmpfsOptions, writablePlaces, type WritablePlace } from './writable-places.js';
