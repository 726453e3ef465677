// Ferula's own version, the same as in package.json (a test compares them: the single executable has no such file).
export const VERSION = '0.1.0';
