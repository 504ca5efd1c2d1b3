/** What a translation must hold: each key of the area in pt-BR, and no other. */
export type SameKeys<Area> = { readonly [Key in keyof Area]: string };
