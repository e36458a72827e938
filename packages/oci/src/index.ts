/** OCI image and runtime types, the default runtime spec, users and capabilities. @packageDocumentation */

export const name: string = "@davit/oci";
