#include "config/include.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <glob.h>

#include "net/log.hpp"

namespace pipit::config {
namespace {

constexpr std::size_t kMaxIncludes = 1024;

/// Mappings of these levels are merged: `neighbors` is one mapping over all files, and so is
/// `sets.prefixes`, but one neighbor or policy stands in one file.
bool merges(const std::string& path) {
  constexpr std::array<std::string_view, 10> kMappings{
      "",       "router",    "control",  "log",           "kernel",
      "groups", "neighbors", "policies", "sets.prefixes", "sets.communities"};
  return path == "sets" || std::find(kMappings.begin(), kMappings.end(), path) != kMappings.end();
}

bool appends(const std::string& path) {
  return path == "originate" || path == "kernel.import";
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
  for (const Entry& entry : from.value->entries) {
    const auto mine = std::find_if(into->entries.begin(), into->entries.end(),
                                   [&](const Entry& e) { return e.key == entry.key; });
    if (mine == into->entries.end()) {
      merged->entries.push_back(entry);
    } else {
      const auto index = static_cast<std::size_t>(mine - into->entries.begin());
      const std::string inner = path.empty() ? entry.key : path + '.' + entry.key;
      merged->entries[index].value = merge(mine->value, entry, inner, report);
    }
  }
  return merged;
}

/// The files of a pattern, sorted.
std::vector<std::string> matching_files(const Node& pattern, Report& report) {
  const std::filesystem::path base =
      std::filesystem::path(report.file_name(pattern.mark.file)).parent_path();
  const std::string full = (base / pattern.text).string();
  glob_t found{};
  const int result = ::glob(full.c_str(), GLOB_MARK, nullptr, &found);
  std::vector<std::string> files(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  const bool pattern_like = pattern.text.find_first_of("*?[") != std::string::npos;
  if (result == GLOB_NOMATCH && pattern_like) {
    report.warning(pattern.mark, fmt::format("no file matches \"{}\"", net::escaped(full, 256)));
  } else if (result == GLOB_NOMATCH) {
    report.error(pattern.mark, fmt::format("there is no file \"{}\"", net::escaped(full, 256)));
  } else if (result != 0) {
    report.error(pattern.mark, fmt::format("cannot look for \"{}\"", net::escaped(full, 256)));
  }
  return files;
}

NodeRef add_file(const NodeRef& root, const std::string& file, const Mark& at, Report& report) {
  const std::optional<std::string> text = read_file(file);
  if (!text) {
    report.error(
        at, fmt::format("cannot read \"{}\": {}", net::escaped(file, 256), std::strerror(errno)));
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

std::optional<std::string> read_file(const std::string& path) {
  std::error_code error;
  const bool regular = std::filesystem::is_regular_file(path, error);
  if (!regular) {
    errno = error ? error.value() : std::filesystem::is_directory(path, error) ? EISDIR : EINVAL;
    return std::nullopt;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  std::string text;
  std::array<char, 65536> chunk{};
  while (in && text.size() <= kMaxFileSize) {
    in.read(chunk.data(), chunk.size());
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (!in.is_open() || in.bad()) {
    errno = errno == 0 ? EIO : errno;
    return std::nullopt;
  }
  return text;
}

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
