/**
 * How every key and channel of Switchyard in Redis begins. What stands in braces is a cluster's hash tag: all of them
 * lie in one slot, on one node, where one connection reaches them and one script may touch several.
 */
export const SHARED_PREFIX = 'switchyard:{fleet}:';
