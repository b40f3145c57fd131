// What is shown, as data: records of fields with their names in JSON, their kinds and what they
// mean. control/ writes models by these tables, the reference of the JSON is printed from them, and
// the views of cli/ can name no field that does not stand here.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace pipit::control {

/// What a value is. Numbers that measure something say their unit by it.
enum class Kind : std::uint8_t {
  Flag,       // true or false
  Number,     // that names something: an AS, a port, a code
  Count,      // of things
  Octets,     // a number of octets
  Duration,   // a number of seconds, with a fraction where the help says so
  Timestamp,  // RFC 3339 text, UTC
  Text,       // free text
  Word,       // one of a few words
  Hex,        // octets as text, two digits each
  Address,    // text; with "%" and an interface where it is link-local
  Endpoint,   // text: address and port
  Prefix,     // text
  Family,     // text: "ipv4-unicast"
  Json,       // any JSON
  Object,     // an object with fields of its own
};

enum class Shape : std::uint8_t {
  One,
  List,      // an array
  Map,       // an object whose names the help explains; its values are records
  Included,  // the fields of the record stand in place of this one
};

enum class Presence : std::uint8_t { Always, MayBeNull, MayBeAbsent };

struct Record;

struct Field {
  std::string_view name;  // of the member; empty: Shape::Included
  Kind kind = Kind::Text;
  std::string_view help = {};
  std::string_view words = {};  // of Kind::Word, separated by '|'
  Shape shape = Shape::One;
  Presence presence = Presence::Always;
  bool grows = false;              // counts up since the start of the daemon
  const Record* record = nullptr;  // of Kind::Object

  /// The same field, null where its help says so.
  constexpr Field or_null() const {
    Field other = *this;
    other.presence = Presence::MayBeNull;
    return other;
  }

  /// The same field, left out where its help says so.
  constexpr Field or_absent() const {
    Field other = *this;
    other.presence = Presence::MayBeAbsent;
    return other;
  }

  constexpr Field growing() const {
    Field other = *this;
    other.grows = true;
    return other;
  }

  /// An array of such values.
  constexpr Field list() const {
    Field other = *this;
    other.shape = Shape::List;
    return other;
  }
};

struct Record {
  std::string_view title;  // in the reference: "A neighbor"
  std::span<const Field> fields;
  std::string_view help = {};  // further sentences of the reference
};

/// The field of that name, of the record itself or of one that it includes; without a name: none.
constexpr Field find_field(const Record& record, std::string_view name) {
  for (const Field& field : record.fields) {
    if (field.shape == Shape::Included) {
      if (const Field found = find_field(*field.record, name); !found.name.empty()) {
        return found;
      }
    } else if (field.name == name) {
      return field;
    }
  }
  return {};
}

/// Records are the same when their titles are.
constexpr bool same(const Record& one, const Record& other) {
  return one.title == other.title;
}

/// True when all fields of `inner` are fields of `outer`.
constexpr bool includes(const Record& outer, const Record& inner) {
  if (same(outer, inner)) {
    return true;
  }
  for (const Field& field : outer.fields) {
    if (field.shape == Shape::Included && includes(*field.record, inner)) {
      return true;
    }
  }
  return false;
}

/// The rows of the tables.
namespace rows {

constexpr Field flag(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Flag, .help = help};
}

constexpr Field number(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Number, .help = help};
}

constexpr Field count(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Count, .help = help};
}

constexpr Field octets(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Octets, .help = help};
}

constexpr Field seconds(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Duration, .help = help};
}

constexpr Field timestamp(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Timestamp, .help = help};
}

constexpr Field text(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Text, .help = help};
}

constexpr Field word(std::string_view name, std::string_view words, std::string_view help) {
  return {.name = name, .kind = Kind::Word, .help = help, .words = words};
}

constexpr Field hex(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Hex, .help = help};
}

constexpr Field address(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Address, .help = help};
}

constexpr Field endpoint(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Endpoint, .help = help};
}

constexpr Field prefix(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Prefix, .help = help};
}

constexpr Field family(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Family, .help = help};
}

constexpr Field json(std::string_view name, std::string_view help) {
  return {.name = name, .kind = Kind::Json, .help = help};
}

constexpr Field record(std::string_view name, const Record& record, std::string_view help) {
  return {.name = name, .kind = Kind::Object, .help = help, .record = &record};
}

/// An object of records by name.
constexpr Field map(std::string_view name, const Record& record, std::string_view help) {
  return {.name = name, .kind = Kind::Object, .help = help, .shape = Shape::Map, .record = &record};
}

/// All fields of another record.
constexpr Field fields_of(const Record& record) {
  return {.name = {}, .kind = Kind::Object, .shape = Shape::Included, .record = &record};
}

}  // namespace rows
}  // namespace pipit::control
