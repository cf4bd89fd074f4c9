/** Replaces `bowser` in the bundles (scripts/bundle.mjs): the AWS SDK parses the user agents of browsers with it. */
export default {};
