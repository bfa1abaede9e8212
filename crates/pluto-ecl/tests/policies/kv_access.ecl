// `store` and `delete` are keywords: the names are `space` and `remove`.
enum kv_op { read, list, write, remove, write_schema }

record kv_cap {
  space: text<64>
  key: text<128>
  ops: set<kv_op>
}

policy kv_access on store (op: kv_op, space: text<64>, key: text<128>, caps: list<kv_cap, 32>) {
  require any(c in caps where glob(c.space, space) && glob(c.key, key) && op in c.ops)
  match op {
    read | list => require subject.trust.omega >= 0.4
    write => require subject.trust.omega >= 0.6 && subject.trust.i >= 0.5
    remove => {
      require subject.trust.omega >= 0.7 && subject.trust.i >= 0.6 && subject.trust.r >= 0.6
    }
    write_schema => {
      require subject.trust.omega >= 0.85 && subject has capability "kv:schema_write"
    }
  }
}
