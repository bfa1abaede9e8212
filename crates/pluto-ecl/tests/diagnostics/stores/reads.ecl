store profiles version 2 { name: text<64>, owner: did, at: time, rich: bool, verified: bool }

migrate profiles from 1 { name: text<64>, owner: did } {
  name: if present(profiles["x"]) then "x" else old.name
  owner: subject
  at: now
  rich: old.owner.balance > 10
  verified: old.owner has credential "kyc"
}

policy p on store (key: text<8>) { require present(profiles[key]) }
