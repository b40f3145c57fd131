// What may stand at a place of the file, as data: the side of the field table that the JSON Schema
// and the reference of pipitd.yaml(5) are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/effect.hpp"
#include "config/value.hpp"

namespace pipit::config {

struct Shape;
using ShapeRef = std::shared_ptr<const Shape>;

struct FieldInfo {
  std::string key{};
  std::string help{};  // a sentence without its full stop
  ShapeRef shape{};
  Value default_value{};       // null: none, or it depends
  std::string default_note{};  // says the default where no single value does
  bool required = false;
  /// What a reload does about a change; empty: what is said of the field that this one is in, and
  /// for a part that only holds others, what each of them says.
  Effects on_change{};
  std::string on_change_note{};  // whom it concerns, or when, where that is not plain
};

struct Shape {
  enum class Kind : std::uint8_t {
    Scalar,
    List,     // of `element`
    Map,      // from names to `element`
    Section,  // a mapping with exactly these `fields`
    Either,   // one of `choices`
  };
  Kind kind = Kind::Scalar;
  std::string expected{};  // completes "expected ..."; of a Map: what its names stand for
  Value schema{};          // Scalar: keywords of JSON Schema
  ShapeRef element{};
  std::vector<FieldInfo> fields{};
  std::vector<std::string> later{};  // Section: keys of the design that this version has not
  bool may_be_empty = false;         // Section
  std::vector<ShapeRef> choices{};
};

}  // namespace pipit::config
