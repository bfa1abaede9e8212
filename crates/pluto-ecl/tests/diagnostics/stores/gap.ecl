store profiles version 3 { name: text<64> }

migrate profiles from 2 { full: text<64> } { name: old.full }

policy p on store (key: text<8>) { require present(profiles[key]) }
