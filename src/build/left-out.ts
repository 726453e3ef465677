// Stands in for the modules that the single executable leaves out (src/build/binary.ts has the list).
export {};
