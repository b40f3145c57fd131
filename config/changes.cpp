#include "config/changes.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "config/fields.hpp"

namespace pipit::config {
namespace {

std::string text_of(const Value* value) {
  if (value == nullptr || value->is_null()) {
    return {};
  }
  return value->map() != nullptr || value->list() != nullptr ? value->to_json()
                                                             : value->scalar_to_yaml();
}

/// True when it means the same to say nothing of it and to say that it is empty.
bool may_be_missing(const Shape& shape) {
  return shape.kind == Shape::Kind::Map ||
         (shape.kind == Shape::Kind::Section && !shape.may_be_empty &&
          std::ranges::none_of(shape.fields, &FieldInfo::required));
}

/// The key of a section by which the entries of a list of such sections are told apart.
constexpr std::string_view kIdentity = "prefix";

constexpr std::string_view kNeighbors = "neighbors";

class Comparison {
 public:
  explicit Comparison(std::vector<KeyChange>& out) : out_(out) {}

  /// Either may be null: not there.
  void compare(const Shape& shape,
               const Value* before,
               const Value* after,
               const std::string& path,
               Effects effects) {
    if (before != nullptr && after != nullptr && *before == *after) {
      return;
    }
    const bool maps = before != nullptr && after != nullptr && before->map() != nullptr &&
                      after->map() != nullptr;
    const bool lists = before != nullptr && after != nullptr && before->list() != nullptr &&
                       after->list() != nullptr;
    if (maps && shape.kind == Shape::Kind::Section) {
      compare_sections(shape, *before, *after, path, effects);
    } else if (maps && shape.kind == Shape::Kind::Map) {
      compare_maps(*shape.element, *before, *after, path, effects);
    } else if (lists && shape.kind == Shape::Kind::List &&
               shape.element->kind == Shape::Kind::Section) {
      compare_lists(*shape.element, *before->list(), *after->list(), path, effects);
    } else {
      out_.push_back({path, text_of(before), text_of(after), effects, neighbor_});
    }
  }

 private:
  void compare_sections(const Shape& section,
                        const Value& before,
                        const Value& after,
                        const std::string& path,
                        Effects effects) {
    static const Value kNothing{Value::Map{}};
    for (const FieldInfo& field : section.fields) {
      const Value* was = before.find(field.key);
      const Value* is = after.find(field.key);
      if (was == nullptr && is == nullptr) {
        continue;
      }
      if (may_be_missing(*field.shape)) {
        was = was == nullptr ? &kNothing : was;
        is = is == nullptr ? &kNothing : is;
      }
      compare(*field.shape, was, is, path.empty() ? field.key : path + '.' + field.key,
              field.on_change.empty() ? effects : field.on_change);
    }
  }

  void compare_maps(const Shape& element,
                    const Value& before,
                    const Value& after,
                    const std::string& path,
                    Effects effects) {
    const auto compare_one = [&](const std::string& name, const Value* was, const Value* is) {
      neighbor_ = path == kNeighbors ? name : "";
      compare(element, was, is, path + '.' + name, effects);
      neighbor_.clear();
    };
    for (const auto& [name, was] : *before.map()) {
      compare_one(name, &was, after.find(name));
    }
    for (const auto& [name, is] : *after.map()) {
      if (before.find(name) == nullptr) {
        compare_one(name, nullptr, &is);
      }
    }
  }

  static bool has_identity(const Shape& section) {
    return std::ranges::any_of(section.fields, [](const FieldInfo& field) {
      return field.key == kIdentity && field.required;
    });
  }

  void compare_lists(const Shape& element,
                     const Value::List& before,
                     const Value::List& after,
                     const std::string& path,
                     Effects effects) {
    if (has_identity(element)) {
      compare_by_identity(element, before, after, path, effects);
      return;
    }
    // What is the same at both ends did not change, however far it moved.
    std::size_t head = 0;
    const std::size_t shorter = std::min(before.size(), after.size());
    while (head < shorter && before[head] == after[head]) {
      ++head;
    }
    std::size_t tail = 0;
    while (tail < shorter - head &&
           before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
      ++tail;
    }
    const std::size_t longer = std::max(before.size(), after.size());
    for (std::size_t i = head; i + tail < longer; ++i) {
      compare(element, i + tail < before.size() ? &before[i] : nullptr,
              i + tail < after.size() ? &after[i] : nullptr, fmt::format("{}[{}]", path, i),
              effects);
    }
  }

  void compare_by_identity(const Shape& element,
                           const Value::List& before,
                           const Value::List& after,
                           const std::string& path,
                           Effects effects) {
    std::map<std::string, std::pair<const Value*, const Value*>> entries;
    for (const Value& one : before) {
      entries[text_of(one.find(kIdentity))].first = &one;
    }
    for (const Value& one : after) {
      entries[text_of(one.find(kIdentity))].second = &one;
    }
    for (const auto& [name, pair] : entries) {
      compare(element, pair.first, pair.second, fmt::format("{}[{}]", path, name), effects);
    }
  }

  std::vector<KeyChange>& out_;
  std::string neighbor_;  // inside of whose keys this is
};

/// Copies into `into` those entries of `from` that are not the same in `other`; `name` tells
/// entries apart.
template <typename Entry, typename Name>
void copy_differing(const std::vector<Entry>& from,
                    const std::vector<Entry>& other,
                    const Name& name,
                    std::vector<Entry>& into) {
  std::map<std::remove_cvref_t<std::invoke_result_t<Name, const Entry&>>, const Entry*> known;
  for (const Entry& entry : other) {
    known.emplace_hint(known.end(), std::invoke(name, entry), &entry);
  }
  for (const Entry& entry : from) {
    const auto same = known.find(std::invoke(name, entry));
    if (same == known.end() || !(*same->second == entry)) {
      into.push_back(entry);
    }
  }
}

/// A copy of `config` without the long lists' entries that are the same in `other`.
Config differing(const Config& config, const Config& other) {
  Config part;
  part.router = config.router;
  part.rib = config.rib;
  part.listen = config.listen;
  part.control = config.control;
  part.log = config.log;
  part.kernel = config.kernel;
  part.groups = config.groups;
  part.tests = config.tests;
  if (config.originate != other.originate) {
    copy_differing(config.originate, other.originate, &rib::OriginateOptions::prefix,
                   part.originate);
  }
  copy_differing(
      config.neighbors, other.neighbors,
      [](const NeighborConfig& neighbor) { return neighbor.session.name; }, part.neighbors);
  if (config.policies != other.policies) {
    part.policies = config.policies;
  }
  return part;
}

/// Passwords are written as "<hidden>", wherever they come from: whether one is another than before
/// has to be said here.
void judge_passwords(const Config& before, const Config& after, std::vector<KeyChange>& out) {
  std::map<std::string_view, const NeighborConfig*> old;
  for (const NeighborConfig& neighbor : before.neighbors) {
    old.emplace(neighbor.session.name, &neighbor);
  }
  for (const NeighborConfig& neighbor : after.neighbors) {
    const std::string& name = neighbor.session.name;
    const auto found = old.find(name);
    if (found == old.end()) {
      continue;
    }
    const NeighborConfig& earlier = *found->second;
    if (earlier.held_for_password != neighbor.held_for_password) {
      const std::string key = "neighbors." + name + ".password-file";
      const auto known = std::ranges::find(out, key, &KeyChange::path);
      if (known != out.end()) {
        known->effects |= {Effect::Shutdown};
      } else {
        out.push_back(
            {key, earlier.password_problem, neighbor.password_problem, {Effect::Shutdown}, name});
      }
    }
    const std::string& was = earlier.session.password;
    const std::string& is = neighbor.session.password;
    const std::string path = "neighbors." + name + ".password";
    const auto said = std::ranges::find(out, path, &KeyChange::path);
    if (said != out.end()) {
      said->effects = {was == is ? Effect::InPlace : Effect::Reset};
    } else if (was != is) {
      const auto hidden = [](const std::string& one) { return one.empty() ? "" : "<hidden>"; };
      out.push_back({path, hidden(was), hidden(is), {Effect::Reset}, name});
    }
  }
}

}  // namespace

std::vector<KeyChange> changes(const Config& before, const Config& after) {
  const Config old = differing(before, after);
  const Config now = differing(after, before);
  std::vector<KeyChange> found;
  const Value was = file_fields().write(old);
  const Value is = file_fields().write(now);
  Comparison(found).compare(*file_fields().shape, &was, &is, "", {});
  judge_passwords(old, now, found);
  return found;
}

}  // namespace pipit::config
