// How models are written as JSON: a getter for each field of a table of control/protocol/. That
// each field has one, and that what it gives is what the table says, is checked when this is
// compiled. Getters are plain functions behind pointers, so that a table costs little to compile
// and nothing to walk.
#pragma once

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "control/json_writer.hpp"
#include "control/protocol/field.hpp"
#include "net/family.hpp"

namespace pipit::control {

/// Points to the record that a model is shown as; of another type for what is no model. A model
/// also has an overload of write_members() (control/render.hpp).
template <typename Model>
inline constexpr std::nullptr_t kShownAs = nullptr;

template <typename Value>
concept IsModel = std::same_as<decltype(kShownAs<Value>), const Record* const>;

/// What a getter gives.
struct ValueType {
  std::uint32_t kinds = 0;  // that it can be, as bits
  Shape shape = Shape::One;
  bool may_be_null = false;
  bool may_be_absent = false;
  const Record* record = nullptr;  // of Kind::Object
};

struct Getter {
  ValueType type;
  void (*write)(JsonWriter&, const void* model) = nullptr;
  bool (*present)(const void* model) = nullptr;  // null: always
  std::string_view model = {};                   // the type's name
};

/// A field and where its value comes from. Without a name: the fields of another record.
struct Row {
  std::string_view name;
  Getter getter;
};

/// Writes what tables say.
class TableWriter {
 public:
  static void members(JsonWriter& json, std::span<const Row> rows, const void* model) {
    for (const Row& row : rows) {
      if (row.getter.present == nullptr || row.getter.present(model)) {
        if (!row.name.empty()) {
          json.key(row.name);
        }
        row.getter.write(json, model);
      }
    }
  }

  /// An object of records.
  template <typename Range, typename Name>
  static void map(JsonWriter& json, const Range& range, const Name& name) {
    json.begin_object();
    for (const auto& element : range) {
      json.key(std::invoke(name, element)).begin_object();
      write_members(json, element);
      json.end_object();
    }
    json.end_object();
  }
};

/// Details of the getters.
namespace getters {

template <typename Model>
consteval std::string_view name_of_type() {
  return __PRETTY_FUNCTION__;
}

template <typename... Kinds>
constexpr std::uint32_t bits(Kinds... kinds) {
  return ((1U << static_cast<unsigned>(kinds)) | ...);
}

/// The model that a member, or a lambda with a model as its last parameter, is of.
template <typename Get>
struct Of : Of<decltype(&Get::operator())> {};

template <typename Value, typename M>
struct Of<Value M::*> {
  using Model = M;
};

template <typename Value, typename Get, typename M>
struct Of<Value (Get::*)(const M&) const> {
  using Model = M;
};

template <typename Get, typename M>
struct Of<void (Get::*)(JsonWriter&, const M&) const> {
  using Model = M;
};

template <typename Value>
inline constexpr bool kIsOptional = false;
template <typename Value>
inline constexpr bool kIsOptional<std::optional<Value>> = true;

template <typename Value>
concept List = requires(const Value& value) {
  value.begin();
  value.end();
} && !std::convertible_to<Value, std::string_view>;

template <typename Value>
consteval ValueType type_of() {
  if constexpr (IsModel<Value>) {
    return {.kinds = bits(Kind::Object), .record = kShownAs<Value>};
  } else if constexpr (kIsOptional<Value>) {
    ValueType type = type_of<typename Value::value_type>();
    type.may_be_null = true;
    return type;
  } else if constexpr (List<Value>) {
    ValueType type = type_of<std::remove_cvref_t<decltype(*std::declval<Value>().begin())>>();
    type.shape = Shape::List;
    return type;
  } else if constexpr (std::same_as<Value, bool>) {
    return {.kinds = bits(Kind::Flag)};
  } else if constexpr (std::integral<Value>) {
    return {.kinds = bits(Kind::Number, Kind::Count, Kind::Octets)};
  } else if constexpr (std::same_as<Value, std::chrono::system_clock::time_point>) {
    return {.kinds = bits(Kind::Timestamp)};
  } else if constexpr (std::same_as<Value, std::chrono::seconds> ||
                       std::same_as<Value, std::chrono::microseconds>) {
    return {.kinds = bits(Kind::Duration)};
  } else if constexpr (std::same_as<Value, net::Family>) {
    return {.kinds = bits(Kind::Family)};
  } else if constexpr (std::convertible_to<Value, std::string_view>) {
    return {.kinds = bits(Kind::Text, Kind::Word, Kind::Hex, Kind::Prefix, Kind::Family)};
  } else {
    return {.kinds = bits(Kind::Address, Kind::Endpoint, Kind::Prefix)};  // what has to_string()
  }
}

template <typename Value>
void write_value(JsonWriter& json, const Value& value) {
  if constexpr (IsModel<Value>) {
    json.begin_object();
    write_members(json, value);
    json.end_object();
  } else if constexpr (kIsOptional<Value>) {
    if (value) {
      write_value(json, *value);
    } else {
      json.raw("null");
    }
  } else if constexpr (List<Value>) {
    json.begin_array();
    for (const auto& element : value) {
      write_value(json, element);
    }
    json.end_array();
  } else if constexpr (std::same_as<Value, net::Family>) {
    json.value(net::to_string(value));
  } else {
    json.value(value);
  }
}

template <auto kGet>
using ModelOf = typename Of<std::remove_cv_t<decltype(kGet)>>::Model;

template <auto kGet>
decltype(auto) value_of(const void* model) {
  return std::invoke(kGet, *static_cast<const ModelOf<kGet>*>(model));
}

template <auto kGet>
using ValueOf = std::remove_cvref_t<decltype(value_of<kGet>(nullptr))>;

template <auto kGet>
consteval Getter make(ValueType type, void (*write)(JsonWriter&, const void*)) {
  return {type, write, nullptr, name_of_type<ModelOf<kGet>>()};
}

template <auto kGet>
consteval Getter plain() {
  return make<kGet>(type_of<ValueOf<kGet>>(), [](JsonWriter& json, const void* model) {
    write_value(json, value_of<kGet>(model));
  });
}

template <auto kGet>
consteval Getter or_null() {
  ValueType type = type_of<ValueOf<kGet>>();
  type.may_be_null = true;
  return make<kGet>(type, [](JsonWriter& json, const void* model) {
    if (const auto& value = value_of<kGet>(model); value == ValueOf<kGet>{}) {
      json.raw("null");
    } else {
      write_value(json, value);
    }
  });
}

template <auto kGet, auto kIs>
consteval Getter present_if() {
  Getter getter = plain<kGet>();
  getter.type.may_be_absent = true;
  getter.present = [](const void* model) { return static_cast<bool>(value_of<kIs>(model)); };
  return getter;
}

template <auto kGet>
consteval Getter fields_of() {
  constexpr ValueType kType{
      .kinds = bits(Kind::Object), .shape = Shape::Included, .record = kShownAs<ValueOf<kGet>>};
  return make<kGet>(kType, [](JsonWriter& json, const void* model) {
    write_members(json, value_of<kGet>(model));
  });
}

template <auto kGet, auto kName>
consteval Getter map_of() {
  constexpr ValueType kType{
      .kinds = bits(Kind::Object), .shape = Shape::Map, .record = kShownAs<ModelOf<kName>>};
  return make<kGet>(kType, [](JsonWriter& json, const void* model) {
    TableWriter::map(json, value_of<kGet>(model), kName);
  });
}

/// A list that a lambda writes by itself.
template <auto kWrite>
consteval Getter written(Kind kind, const Record* record) {
  const ValueType type{.kinds = bits(kind), .shape = Shape::List, .record = record};
  return make<kWrite>(type, [](JsonWriter& json, const void* model) {
    kWrite(json, *static_cast<const ModelOf<kWrite>*>(model));
  });
}

/// A text that is JSON already, null when it is empty.
template <auto kGet>
consteval Getter json_text() {
  return make<kGet>({.kinds = bits(Kind::Json), .may_be_null = true},
                    [](JsonWriter& json, const void* model) {
                      const std::string_view text = value_of<kGet>(model);
                      json.raw(text.empty() ? std::string_view("null") : text);
                    });
}

consteval bool fits(const Field& field, const Row& row) {
  const ValueType& type = row.getter.type;
  return field.name == row.name && (type.kinds & bits(field.kind)) != 0 &&
         type.shape == field.shape &&
         (field.kind != Kind::Object || same(*type.record, *field.record)) &&
         type.may_be_null == (field.presence == Presence::MayBeNull) &&
         type.may_be_absent == (field.presence == Presence::MayBeAbsent);
}

/// Does not compile when a field has no getter, a getter no field, or when one gives what the other
/// does not say.
consteval void check(const Record& record, std::span<const Row> rows, std::string_view model) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i >= record.fields.size()) {
      throw "there is a getter without a field";
    }
    if (!fits(record.fields[i], rows[i])) {
      throw "a getter does not give what its field says";
    }
    if (rows[i].getter.model != model) {
      throw "a getter is of another model";
    }
  }
  if (rows.size() != record.fields.size()) {
    throw "there is a field without a getter";
  }
}

}  // namespace getters

/// The value of a member, or what a lambda makes of the model.
template <auto kGet>
inline constexpr Getter get = getters::plain<kGet>();

/// Likewise; null where it is empty or 0.
template <auto kGet>
inline constexpr Getter get_or_null = getters::or_null<kGet>();

/// Likewise; left out unless `kIs` of the model is true.
template <auto kGet, auto kIs>
inline constexpr Getter get_if = getters::present_if<kGet, kIs>();

/// The fields of a model inside of this one.
template <auto kGet>
inline constexpr Getter fields_of = getters::fields_of<kGet>();

/// An object of the models of a list, each named by `kName` of it.
template <auto kGet, auto kName>
inline constexpr Getter map_of = getters::map_of<kGet, kName>();

/// An array that a lambda writes by itself: of values, or of records.
template <Kind kKind, auto kWrite>
inline constexpr Getter written_list = getters::written<kWrite>(kKind, nullptr);
template <const Record& kRecord, auto kWrite>
inline constexpr Getter written_records = getters::written<kWrite>(Kind::Object, &kRecord);

/// Text that is JSON already; null where it is empty.
template <auto kGet>
inline constexpr Getter json_text = getters::json_text<kGet>();

/// The getters of a model, in the order of its record's fields.
template <typename Model, std::size_t kCount>
class Table {
 public:
  consteval explicit Table(const Row (&rows)[kCount]) : rows_(std::to_array(rows)) {
    getters::check(*kShownAs<Model>, rows_, getters::name_of_type<Model>());
  }

  void write(JsonWriter& json, const Model& model) const {
    TableWriter::members(json, rows_, &model);
  }

 private:
  std::array<Row, kCount> rows_;
};

template <typename Model, std::size_t kCount>
consteval Table<Model, kCount> table(const Row (&rows)[kCount]) {
  return Table<Model, kCount>(rows);
}

}  // namespace pipit::control
