#include "config/print.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "config/fields.hpp"

namespace pipit::config {
namespace {

Value schema_of(const Shape& shape);

Value schema_of_section(const Shape& shape) {
  Value::Map properties;
  Value::List required;
  for (const FieldInfo& field : shape.fields) {
    Value property = schema_of(*field.shape);
    std::string help = field.help + '.';
    if (!field.default_note.empty()) {
      help += " Default: " + field.default_note + '.';
    }
    property.map()->emplace_back("description", std::move(help));
    if (!field.default_value.is_null() && field.default_value.map() == nullptr) {
      property.map()->emplace_back("default", field.default_value);
    }
    properties.emplace_back(field.key, std::move(property));
    if (field.required) {
      required.emplace_back(field.key);
    }
  }
  Value::Map schema{
      {"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
  if (!required.empty()) {
    schema.emplace_back("required", std::move(required));
  }
  if (!shape.may_be_empty) {
    schema.emplace_back("minProperties", 1);
  }
  return Value(std::move(schema));
}

/// A scalar, or a text with a variable that stands for one. Any text may hold a variable anyhow.
Value schema_of_scalar(const Value& schema) {
  const Value* type = schema.find("type");
  const bool any_text = type != nullptr && *type == Value("string") &&
                        schema.find("pattern") == nullptr && schema.find("format") == nullptr;
  if (any_text) {
    return schema;
  }
  return Value(Value::Map{
      {"anyOf", Value::List{schema, Value(Value::Map{{"type", "string"},
                                                     {"pattern", "\\$\\{[A-Za-z_]"}})}}});
}

Value schema_of(const Shape& shape) {
  switch (shape.kind) {
    case Shape::Kind::Scalar:
      return schema_of_scalar(shape.schema);
    case Shape::Kind::List:
      return Value(Value::Map{{"type", "array"}, {"items", schema_of(*shape.element)}});
    case Shape::Kind::Map:
      return Value(
          Value::Map{{"type", "object"}, {"additionalProperties", schema_of(*shape.element)}});
    case Shape::Kind::Section:
      return schema_of_section(shape);
    case Shape::Kind::Either: {
      Value::List choices;
      for (const ShapeRef& choice : shape.choices) {
        choices.push_back(schema_of(*choice));
      }
      return Value(Value::Map{{"anyOf", std::move(choices)}});
    }
  }
  return {};
}

/// Text in which nothing is markup for scdoc.
std::string plain(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '_' || c == '*' || c == '\\' || c == '<' || c == '#' || c == '~' || c == '[') {
      out += '\\';
    }
    out += c;
  }
  return out;
}

/// The section whose keys are described below a field, and what its path is spelt with.
const Shape* inner_section(const Shape& shape, std::string& path) {
  switch (shape.kind) {
    case Shape::Kind::Section:
      return &shape;
    case Shape::Kind::List:
      path += "[]";
      return inner_section(*shape.element, path);
    case Shape::Kind::Map:
      path += ".NAME";
      return inner_section(*shape.element, path);
    case Shape::Kind::Scalar:
    case Shape::Kind::Either:
      return nullptr;
  }
  return nullptr;
}

/// What the field says of a change, else what stands around it says.
const FieldInfo* change_of(const FieldInfo& field, const FieldInfo* around) {
  return field.on_change.empty() ? around : &field;
}

std::string describe_change(const FieldInfo& field) {
  const std::string& note = field.on_change_note;
  return describe(field.on_change) + (note.empty() ? "" : " (" + note + ")");
}

/// How often each effect is said by the keys of a section that are no sections themselves.
void count_changes(const Shape& section,
                   const FieldInfo* around,
                   std::map<std::string, std::size_t>& counts) {
  for (const FieldInfo& field : section.fields) {
    const FieldInfo* change = change_of(field, around);
    std::string path;
    const Shape* inner = inner_section(*field.shape, path);
    if (inner == nullptr && change != nullptr) {
      ++counts[describe_change(*change)];
    } else if (inner != nullptr && inner != group_fields().shape.get()) {
      count_changes(*inner, change, counts);
    }
  }
}

/// What is said of a change for a section as a whole: what most of its keys do.
std::string usual_change(const Shape& section, const FieldInfo* around) {
  std::map<std::string, std::size_t> counts;
  count_changes(section, around, counts);
  const auto most =
      std::ranges::max_element(counts, {}, [](const auto& row) { return row.second; });
  return most == counts.end() ? std::string() : most->first;
}

void describe_value(const FieldInfo& field, bool scalar, std::string& out) {
  if (scalar) {
    out += fmt::format("\n\tValue: {}.\n", plain(field.shape->expected));
  }
  if (field.required) {
    out += "\tRequired.\n";
  } else if (!field.default_note.empty()) {
    out += fmt::format("\tDefault: {}.\n", plain(field.default_note));
  } else if (field.default_value.map() == nullptr && !field.default_value.is_null()) {
    const Value& value = field.default_value;
    out += fmt::format("\tDefault: {}.\n",
                       plain(value.list() == nullptr ? value.scalar_to_yaml() : "none"));
  }
}

/// `said`: what the section around has said of changes; a key speaks up when its own is another
/// one.
void describe(const Shape& section,
              const std::string& path,
              const FieldInfo* around,
              const std::string& said,
              std::string& out) {
  for (const FieldInfo& field : section.fields) {
    std::string inner_path = path + field.key;
    const FieldInfo* change = change_of(field, around);
    const Shape* inner = inner_section(*field.shape, inner_path);
    const bool like_neighbor = inner == group_fields().shape.get();
    out += fmt::format("*{}*\n\t{}.\n", plain(path + field.key), plain(field.help));
    describe_value(field, inner == nullptr, out);
    std::string usual = like_neighbor       ? std::string()
                        : inner != nullptr  ? usual_change(*inner, change)
                        : change != nullptr ? describe_change(*change)
                                            : std::string();
    if (!usual.empty() && usual != said) {
      out += fmt::format("\tA change: {}.\n", plain(usual));
    }
    out += '\n';
    if (like_neighbor) {
      out += "\tThe keys of a neighbor, but for address.\n\n";
    } else if (inner != nullptr) {
      describe(*inner, inner_path + '.', change, usual, out);
    }
  }
}

void list_changes(const Shape& section,
                  const std::string& path,
                  const FieldInfo* around,
                  Value::List& rows) {
  for (const FieldInfo& field : section.fields) {
    std::string inner_path = path + field.key;
    const FieldInfo* change = change_of(field, around);
    const Shape* inner = inner_section(*field.shape, inner_path);
    if (inner == group_fields().shape.get()) {
      continue;  // says what neighbors say
    }
    if (inner == nullptr || inner->may_be_empty) {
      Value::List effects;
      for (std::string& name : names_of(change == nullptr ? Effects{} : change->on_change)) {
        effects.emplace_back(std::move(name));
      }
      rows.emplace_back(Value::Map{{"key", path + field.key}, {"effects", std::move(effects)}});
    }
    if (inner != nullptr) {
      list_changes(*inner, inner_path + '.', change, rows);
    }
  }
}

}  // namespace

std::string to_yaml(const Config& config) {
  return file_fields().write(config).to_yaml();
}

std::string to_json(const Config& config) {
  return file_fields().write(config).to_json();
}

std::string json_schema() {
  Value schema = schema_of(*file_fields().shape);
  Value::Map& map = *schema.map();
  map.insert(map.begin(), {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                           {"title", "pipitd.yaml"}});
  return schema.to_json(true) + '\n';
}

std::string reference() {
  std::string out;
  describe(*file_fields().shape, "", nullptr, "", out);
  return out;
}

std::string change_table() {
  Value::List rows;
  list_changes(*file_fields().shape, "", nullptr, rows);
  return Value(std::move(rows)).to_json(true) + '\n';
}

}  // namespace pipit::config
