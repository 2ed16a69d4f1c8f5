/** Stands in the bundle for what the Docker library brings along and Gantry never calls: SSH and gRPC, a megabyte of them. */
export {}
