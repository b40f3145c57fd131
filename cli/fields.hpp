// Fields of answers as text and numbers. Which record an object is shown as is part of its type,
// and a name that the record does not have, or a field of another kind, does not compile. What a
// daemon of another version doesn't send, or sends as null, becomes the fallback: never an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cli/wording.hpp"
#include "control/protocol/field.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::cli {

/// Members by any name, for what is not a view: null or the fallback where there is none.
namespace raw {

const nlohmann::json& member(const nlohmann::json& object, std::string_view name);
std::string text(const nlohmann::json& object, std::string_view name, std::string_view fallback);
std::uint64_t number(const nlohmann::json& object, std::string_view name);
bool flag(const nlohmann::json& object, std::string_view name);
bool has(const nlohmann::json& object, std::string_view name);
std::string count_text(const nlohmann::json& object, std::string_view name);
std::string duration_text(const nlohmann::json& object, std::string_view name);
std::optional<double> seconds(const nlohmann::json& object, std::string_view name);
std::vector<std::string> texts(const nlohmann::json& object, std::string_view name);
std::vector<const nlohmann::json*> elements(const nlohmann::json& object, std::string_view name);
std::vector<std::pair<std::string, const nlohmann::json*>> named(const nlohmann::json& object,
                                                                 std::string_view name);
bool is_object(const nlohmann::json& value);

}  // namespace raw

/// An object of an answer, borrowed. It may be null, when its field may be.
template <const control::Record& kRecord>
class Shown {
 public:
  explicit Shown(const nlohmann::json& object) : object_(&object) {}

  /// What has all fields of the record among its own is one, too.
  template <const control::Record& kOther>
    requires(!control::same(kOther, kRecord) && control::includes(kOther, kRecord))
  Shown(const Shown<kOther>& other)  // NOLINT(google-explicit-constructor)
      : object_(&other.json()) {}

  const nlohmann::json& json() const { return *object_; }

  /// False: it is null, or not there.
  explicit operator bool() const { return raw::is_object(*object_); }

 private:
  const nlohmann::json* object_;
};

/// What a field may be.
namespace fits {

constexpr bool any(const control::Field&) {
  return true;
}

constexpr bool value(const control::Field& field) {
  return field.shape == control::Shape::One && field.kind != control::Kind::Object;
}

constexpr bool values(const control::Field& field) {
  return field.shape == control::Shape::List && field.kind != control::Kind::Object;
}

constexpr bool flag(const control::Field& field) {
  return value(field) && field.kind == control::Kind::Flag;
}

constexpr bool count(const control::Field& field) {
  return value(field) && field.kind == control::Kind::Count;
}

constexpr bool octets(const control::Field& field) {
  return value(field) && field.kind == control::Kind::Octets;
}

constexpr bool number(const control::Field& field) {
  return count(field) || octets(field) || (value(field) && field.kind == control::Kind::Number);
}

constexpr bool duration(const control::Field& field) {
  return value(field) && field.kind == control::Kind::Duration;
}

}  // namespace fits

/// The name of a field of a record. Made from a literal when the program is compiled: one that the
/// record does not have, or that does not fit, is an error then.
template <const control::Record& kRecord, bool (*kFits)(const control::Field&)>
class Key {
 public:
  consteval Key(const char* name)  // NOLINT(google-explicit-constructor)
      : name_(name) {
    const control::Field field = control::find_field(kRecord, name);
    if (field.name.empty()) {
      throw "the record has no field of that name";
    }
    if (!kFits(field)) {
      throw "the field is of another kind";
    }
  }

  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

/// Likewise, of records inside of a record.
template <const control::Record& kRecord, const control::Record& kInner, control::Shape kShape>
class RecordKey {
 public:
  consteval RecordKey(const char* name)  // NOLINT(google-explicit-constructor)
      : name_(name) {
    const control::Field field = control::find_field(kRecord, name);
    if (field.name.empty()) {
      throw "the record has no field of that name";
    }
    if (field.kind != control::Kind::Object || !control::same(*field.record, kInner) ||
        field.shape != kShape) {
      throw "the field is another record, or several";
    }
  }

  std::string_view name() const { return name_; }

 private:
  std::string_view name_;
};

template <const control::Record& kRecord, bool (*kFits)(const control::Field&)>
using KeyOf = std::type_identity_t<Key<kRecord, kFits>>;

/// Text as it is, numbers in digits.
template <const control::Record& kRecord>
std::string text(const Shown<kRecord>& object,
                 KeyOf<kRecord, fits::value> key,
                 std::string_view fallback = "-") {
  return raw::text(object.json(), key.name(), fallback);
}

/// text(), with the fallback also for empty text.
template <const control::Record& kRecord>
std::string text_or_dash(const Shown<kRecord>& object, KeyOf<kRecord, fits::value> key) {
  std::string value = raw::text(object.json(), key.name(), "-");
  return value.empty() ? "-" : value;
}

/// 0 for null.
template <const control::Record& kRecord>
std::uint64_t number(const Shown<kRecord>& object, KeyOf<kRecord, fits::number> key) {
  return raw::number(object.json(), key.name());
}

template <const control::Record& kRecord>
bool flag(const Shown<kRecord>& object, KeyOf<kRecord, fits::flag> key) {
  return raw::flag(object.json(), key.name());
}

/// It is there and not null.
template <const control::Record& kRecord>
bool has(const Shown<kRecord>& object, KeyOf<kRecord, fits::any> key) {
  return raw::has(object.json(), key.name());
}

/// "1,234,567", "1h02m", "12.3 MiB"; "-" for null.
template <const control::Record& kRecord>
std::string count_text(const Shown<kRecord>& object, KeyOf<kRecord, fits::count> key) {
  return raw::count_text(object.json(), key.name());
}

template <const control::Record& kRecord>
std::string duration_text(const Shown<kRecord>& object, KeyOf<kRecord, fits::duration> key) {
  return raw::duration_text(object.json(), key.name());
}

template <const control::Record& kRecord>
std::string octets_text(const Shown<kRecord>& object, KeyOf<kRecord, fits::octets> key) {
  return octets(raw::number(object.json(), key.name()));
}

/// With a fraction.
template <const control::Record& kRecord>
std::optional<double> seconds(const Shown<kRecord>& object, KeyOf<kRecord, fits::duration> key) {
  return raw::seconds(object.json(), key.name());
}

/// The values of a list.
template <const control::Record& kRecord>
std::vector<std::string> texts(const Shown<kRecord>& object, KeyOf<kRecord, fits::values> key) {
  return raw::texts(object.json(), key.name());
}

/// Texts with the separator between.
std::string joined(const std::vector<std::string>& texts, std::string_view separator);

template <const control::Record& kRecord>
std::string joined(const Shown<kRecord>& object,
                   KeyOf<kRecord, fits::values> key,
                   std::string_view separator) {
  return joined(raw::texts(object.json(), key.name()), separator);
}

/// The record inside of a record.
template <const control::Record& kInner, const control::Record& kRecord>
Shown<kInner> record(const Shown<kRecord>& object,
                     std::type_identity_t<RecordKey<kRecord, kInner, control::Shape::One>> key) {
  return Shown<kInner>(raw::member(object.json(), key.name()));
}

/// The records of a list.
template <const control::Record& kInner, const control::Record& kRecord>
std::vector<Shown<kInner>> records(
    const Shown<kRecord>& object,
    std::type_identity_t<RecordKey<kRecord, kInner, control::Shape::List>> key) {
  std::vector<Shown<kInner>> found;
  for (const nlohmann::json* element : raw::elements(object.json(), key.name())) {
    found.emplace_back(*element);
  }
  return found;
}

/// Records with their names.
template <const control::Record& kInner, const control::Record& kRecord>
std::vector<std::pair<std::string, Shown<kInner>>> named_records(
    const Shown<kRecord>& object,
    std::type_identity_t<RecordKey<kRecord, kInner, control::Shape::Map>> key) {
  std::vector<std::pair<std::string, Shown<kInner>>> found;
  for (const auto& [name, element] : raw::named(object.json(), key.name())) {
    found.emplace_back(name, *element);
  }
  return found;
}

/// What comparisons with the kernel found and repaired; empty: nothing.
std::string repairs_text(const Shown<control::shown::kKernel>& kernel);

}  // namespace pipit::cli
