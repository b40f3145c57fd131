// The building blocks of the field table: a type knows how to read a node into a value of an
// options struct, how to write it back, and what it looks like (its Shape).
//
// The tables in fields_*.cpp are made of these. Reading reports what is wrong and then leaves the
// value as it was; it never throws.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "config/node.hpp"
#include "config/reader.hpp"
#include "config/shape.hpp"
#include "config/value.hpp"

namespace pipit::config {

template <typename T>
struct Type {
  ShapeRef shape;
  std::function<void(Reader&, const Node&, T&)> read;
  std::function<Value(const T&)> write;
};

/// A key of a section whose values end up in an Owner.
template <typename Owner>
struct Field {
  FieldInfo info;
  std::function<void(Reader&, const Node&, Owner&)> read;
  std::function<Value(const Owner&)> write;  // null: the key is not printed

  /// The key must be given; what the options struct starts with is no default.
  Field required() && {
    info.required = true;
    info.default_value = {};
    return std::move(*this);
  }

  /// What a reload does about a change, for this key and all inside of it that do not say.
  Field on_change(Effects effects, std::string note = {}) && {
    info.on_change = effects;
    info.on_change_note = std::move(note);
    return std::move(*this);
  }

  /// The default depends on something: says on what.
  Field otherwise(std::string note) && {
    info.default_note = std::move(note);
    info.default_value = {};
    return std::move(*this);
  }
};

template <typename T>
struct OptionalTraits {
  using Inner = T;
  static constexpr bool kOptional = false;
};

template <typename T>
struct OptionalTraits<std::optional<T>> {
  using Inner = T;
  static constexpr bool kOptional = true;
};

/// A field that is read and written by functions of its own.
template <typename Owner>
Field<Owner> custom_field(std::string key,
                          std::string help,
                          ShapeRef shape,
                          std::function<void(Reader&, const Node&, Owner&)> read,
                          std::function<Value(const Owner&)> write) {
  Field<Owner> field;
  field.info = {.key = std::move(key), .help = std::move(help), .shape = std::move(shape)};
  field.info.default_value = write(Owner{});
  field.read = std::move(read);
  field.write = std::move(write);
  return field;
}

/// A field at `member`: a pointer to a member or a function from Owner& to a reference. A
/// std::optional member is left out of the effective configuration while it is empty.
template <typename Owner, typename Member, typename T>
Field<Owner> field(std::string key, Member member, Type<T> type, std::string help) {
  using Target = std::remove_cvref_t<std::invoke_result_t<Member, Owner&>>;
  constexpr bool kOptional = OptionalTraits<Target>::kOptional && !std::is_same_v<Target, T>;
  auto read = [member, type](Reader& reader, const Node& node, Owner& owner) {
    Target& target = std::invoke(member, owner);
    if constexpr (kOptional) {
      T value = target.value_or(T{});
      const std::size_t errors = reader.report().errors();
      type.read(reader, node, value);
      if (reader.report().errors() == errors) {
        target = std::move(value);
      }
    } else {
      type.read(reader, node, target);
    }
  };
  auto write = [member, type](const Owner& owner) -> Value {
    const Target& target = std::invoke(member, owner);
    if constexpr (kOptional) {
      return target ? type.write(*target) : Value();
    } else {
      return type.write(target);
    }
  };
  return custom_field<Owner>(std::move(key), std::move(help), type.shape, std::move(read),
                             std::move(write));
}

/// A mapping with known keys. `expected` names it: "a mapping of timers".
template <typename Owner>
Type<Owner> section(std::string expected,
                    std::vector<Field<Owner>> fields,
                    std::vector<std::string> later = {},
                    bool may_be_empty = false) {
  auto shape = std::make_shared<Shape>();
  shape->kind = Shape::Kind::Section;
  shape->expected = std::move(expected);
  shape->later = std::move(later);
  shape->may_be_empty = may_be_empty;
  for (const Field<Owner>& field : fields) {
    shape->fields.push_back(field.info);
  }
  auto table = std::make_shared<const std::vector<Field<Owner>>>(std::move(fields));
  Type<Owner> type;
  type.shape = shape;
  type.read = [shape, table](Reader& reader, const Node& node, Owner& owner) {
    if (!reader.check_keys(node, *shape)) {
      return;
    }
    for (const Field<Owner>& field : *table) {
      if (const Entry* entry = node.find(field.info.key); entry != nullptr) {
        field.read(reader, *entry->value, owner);
      }
    }
  };
  type.write = [table](const Owner& owner) {
    Value::Map map;
    for (const Field<Owner>& field : *table) {
      if (Value value = field.write(owner); !value.is_null()) {
        map.emplace_back(field.info.key, std::move(value));
      }
    }
    return Value(std::move(map));
  };
  return type;
}

/// Like section(), for a part that is left out of the effective configuration when all of its keys
/// are.
template <typename Owner>
Type<Owner> optional_section(std::string expected,
                             std::vector<Field<Owner>> fields,
                             std::vector<std::string> later = {}) {
  Type<Owner> type = section(std::move(expected), std::move(fields), std::move(later));
  type.write = [write = type.write](const Owner& owner) {
    Value value = write(owner);
    return value.map()->empty() ? Value() : value;
  };
  return type;
}

inline ShapeRef list_shape(const ShapeRef& element) {
  return std::make_shared<const Shape>(Shape{.kind = Shape::Kind::List,
                                             .expected = "a list, each entry " + element->expected,
                                             .element = element});
}

inline ShapeRef either(std::vector<ShapeRef> choices) {
  Shape shape{.kind = Shape::Kind::Either, .choices = std::move(choices)};
  for (const ShapeRef& choice : shape.choices) {
    shape.expected += (shape.expected.empty() ? "" : ", or ") + choice->expected;
  }
  return std::make_shared<const Shape>(std::move(shape));
}

/// One of `element`, or a list of them.
inline ShapeRef one_or_list_shape(const ShapeRef& element) {
  Shape shape = *either({element, list_shape(element)});
  shape.expected = element->expected + ", or a list of such";
  return std::make_shared<const Shape>(std::move(shape));
}

template <typename T>
void read_items(Reader& reader, const Node& list, const Type<T>& type, std::vector<T>& values) {
  values.clear();
  for (const NodeRef& item : list.items) {
    T value{};
    type.read(reader, *item, value);
    values.push_back(std::move(value));
  }
}

template <typename T>
Value write_items(const Type<T>& type, const std::vector<T>& values) {
  Value::List list;
  for (const T& value : values) {
    list.push_back(type.write(value));
  }
  return Value(std::move(list));
}

template <typename T>
Type<std::vector<T>> list_of(Type<T> type) {
  const ShapeRef shape = list_shape(type.shape);
  return {.shape = shape,
          .read =
              [type, shape](Reader& reader, const Node& node, std::vector<T>& values) {
                if (node.kind != Node::Kind::List) {
                  reader.unexpected(node, shape->expected);
                  return;
                }
                read_items(reader, node, type, values);
              },
          .write = [type](const std::vector<T>& values) { return write_items(type, values); }};
}

/// One value, or a list of them; an empty one is not printed.
template <typename T>
Type<std::vector<T>> one_or_list(Type<T> type) {
  const ShapeRef shape = one_or_list_shape(type.shape);
  return {.shape = shape,
          .read =
              [type, shape](Reader& reader, const Node& node, std::vector<T>& values) {
                if (node.kind == Node::Kind::List) {
                  if (node.items.empty()) {
                    reader.error(node.mark, "expected " + shape->expected + ", got an empty list");
                  }
                  read_items(reader, node, type, values);
                } else {
                  T value{};
                  type.read(reader, node, value);
                  values.assign(1, std::move(value));
                }
              },
          .write =
              [type](const std::vector<T>& values) {
                if (values.empty()) {
                  return Value();
                }
                return values.size() == 1 ? type.write(values.front()) : write_items(type, values);
              }};
}

/// A mapping from names that the operator gives.
template <typename T>
Type<std::map<std::string, T>> map_of(std::string what, Type<T> type) {
  auto shape = std::make_shared<const Shape>(Shape{.kind = Shape::Kind::Map,
                                                   .expected = "a mapping from names of " + what,
                                                   .element = type.shape});
  return {.shape = shape,
          .read =
              [type, shape, what](Reader& reader, const Node& node, std::map<std::string, T>& map) {
                if (node.kind != Node::Kind::Map) {
                  reader.unexpected(node, shape->expected);
                  return;
                }
                for (const Entry& entry : node.entries) {
                  reader.declare(what, entry.key, entry.mark);
                  type.read(reader, *entry.value, map[entry.key]);
                }
              },
          .write =
              [type](const std::map<std::string, T>& map) {
                Value::Map out;
                for (const auto& [name, value] : map) {
                  out.emplace_back(name, type.write(value));
                }
                return out.empty() ? Value() : Value(std::move(out));
              }};
}

}  // namespace pipit::config
