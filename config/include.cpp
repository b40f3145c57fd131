#include "config/include.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "config/files.hpp"
#include "net/log.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kMaxIncludes = 1024;

/// Mappings of these levels are merged: `neighbors` is one mapping over all files, and so is
/// `sets.prefixes`, but one neighbor or policy stands in one file.
bool merges(const std::string& path) {
  constexpr std::array<std::string_view, 9> kMappings{
      "", "router", "control", "log", "kernel", "groups", "neighbors", "policies", "sets"};
  const bool kind_of_set = path.starts_with("sets.") && path.find('.', 5) == std::string::npos;
  return kind_of_set || std::find(kMappings.begin(), kMappings.end(), path) != kMappings.end();
}

bool appends(const std::string& path) {
  return path == "originate" || path == "kernel.import" || path == "tests";
}

NodeRef merge(const NodeRef& into, const Entry& from, const std::string& path, Report& report) {
  using Kind = Node::Kind;
  const bool maps = into->kind == Kind::Map && from.value->kind == Kind::Map && merges(path);
  const bool lists = into->kind == Kind::List && from.value->kind == Kind::List && appends(path);
  if (!maps && !lists) {
    report.error(from.mark, fmt::format("\"{}\" stands in {} already", net::escaped(path, 128),
                                        fmt::format("{}:{}", report.file_name(into->mark.file),
                                                    into->mark.line)));
    return into;
  }
  auto merged = std::make_shared<Node>(*into);
  merged->items.insert(merged->items.end(), from.value->items.begin(), from.value->items.end());
  std::map<std::string_view, std::size_t> known;  // agents write thousands of neighbors
  for (std::size_t i = 0; i < into->entries.size(); ++i) {
    known.emplace(into->entries[i].key, i);
  }
  for (const Entry& entry : from.value->entries) {
    const auto mine = known.find(entry.key);
    if (mine == known.end()) {
      merged->entries.push_back(entry);
    } else {
      const std::string inner = path.empty() ? entry.key : path + '.' + entry.key;
      NodeRef& value = merged->entries[mine->second].value;
      value = merge(value, entry, inner, report);
    }
  }
  return merged;
}

/// The files of a pattern, sorted.
std::vector<std::string> matching_files(const Node& pattern, Report& report) {
  const std::filesystem::path base =
      std::filesystem::path(report.file_name(pattern.mark.file)).parent_path();
  const std::string full = (base / pattern.text).string();
  auto files = find_files(full);
  if (!files) {
    report.error(pattern.mark, fmt::format("cannot look for \"{}\": {}", net::escaped(full, 256),
                                           net::escaped(files.error(), 512)));
    return {};
  }
  if (files->empty() && is_pattern(pattern.text)) {
    report.warning(pattern.mark, fmt::format("no file matches \"{}\"", net::escaped(full, 256)));
  } else if (files->empty()) {
    report.error(pattern.mark, fmt::format("there is no file \"{}\"", net::escaped(full, 256)));
  }
  return *std::move(files);
}

NodeRef add_file(const NodeRef& root, const std::string& file, const Mark& at, Report& report) {
  const std::optional<std::string> text = read_file(file);
  if (!text) {
    report.error(
        at, fmt::format("cannot read \"{}\": {}", net::escaped(file, 256), std::strerror(errno)));
    return root;
  }
  if (report.octets() + text->size() > kMaxFileSize) {
    report.error(at, fmt::format("\"{}\" is too much: all files together are larger than {} MiB",
                                 net::escaped(file, 256), kMaxFileSize >> 20));
    return root;
  }
  const std::uint32_t number = report.add_file(file, *text);
  const NodeRef tree = parse_yaml(*text, number, report);
  if (tree == nullptr || tree->kind == Node::Kind::Null) {
    return root;
  }
  if (tree->kind != Node::Kind::Map) {
    report.error(tree->mark, "expected a mapping, got " + tree->describe());
    return root;
  }
  if (const Entry* nested = tree->find("include"); nested != nullptr) {
    report.error(nested->mark, "an included file cannot include others");
    return root;
  }
  return merge(root, {.key = {}, .mark = tree->mark, .value = tree}, "", report);
}

}  // namespace

NodeRef with_includes(const NodeRef& root, Report& report) {
  const Entry* include = root->find("include");
  if (include == nullptr) {
    return root;
  }
  if (include->value->kind != Node::Kind::List) {
    report.error(include->value->mark,
                 "expected a list of file names or patterns, got " + include->value->describe());
    return root;
  }
  std::vector<std::pair<std::string, Mark>> files;
  for (const NodeRef& pattern : include->value->items) {
    if (pattern->kind != Node::Kind::Scalar || pattern->text.empty()) {
      report.error(pattern->mark, "expected a file name or pattern, got " + pattern->describe());
      continue;
    }
    for (std::string& file : matching_files(*pattern, report)) {
      const bool again = std::any_of(files.begin(), files.end(),
                                     [&](const auto& known) { return known.first == file; });
      if (!again && files.size() < kMaxIncludes) {
        files.emplace_back(std::move(file), pattern->mark);
      } else if (!again) {
        report.error(pattern->mark, fmt::format("more than {} files are included", kMaxIncludes));
        return root;
      }
    }
  }
  NodeRef merged = root;
  for (const auto& [file, mark] : files) {
    merged = add_file(merged, file, mark, report);
  }
  return merged;
}

}  // namespace pipit::config
