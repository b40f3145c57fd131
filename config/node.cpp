#include "config/node.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "config/display.hpp"
#include "config/variables.hpp"
#include "config/yaml_errors.hpp"
#include "net/log.hpp"

namespace pipit::config {
namespace {

using NodePtr = std::shared_ptr<Node>;

/// Ends a parse from inside yaml-cpp's events; never leaves this file.
struct Abandoned {};

/// Number of nodes of a tree, counting no further than `limit`.
std::size_t size_of(const Node& node, std::size_t limit) {
  std::size_t size = 1;
  for (const NodeRef& item : node.items) {
    if (size > limit) {
      return size;
    }
    size += size_of(*item, limit - size + 1);
  }
  for (const Entry& entry : node.entries) {
    if (size > limit) {
      return size;
    }
    size += size_of(*entry.value, limit - size + 1);
  }
  return size;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::uint32_t file, Report& report) : file_(file), report_(report) {}

  NodeRef root() const { return root_; }

  YamlProgress progress(std::string_view text) const {
    YamlProgress progress{.text = text, .understood = understood_};
    for (const Open& open : stack_) {
      auto& line = open.node->kind == Node::Kind::List ? progress.list_line : progress.mapping_line;
      line = open.node->mark.line;
    }
    return progress;
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (started_) {
      fail(mark, "a second document starts here: a file holds one");
    }
    started_ = true;
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    place(make(Node::Kind::Null, mark), anchor, 0);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) {
      fail(mark, "an alias cannot stand inside of what it names");
    }
    const Anchored& anchored = found->second;
    if (stack_.size() + anchored.levels > kMaxDepth) {
      fail(mark,
           fmt::format("nested more than {} levels deep by what this alias stands for", kMaxDepth));
    }
    aliased_ += size_of(*anchored.node, kMaxAliasedNodes);
    if (aliased_ > kMaxAliasedNodes) {
      fail(mark, fmt::format("aliases stand for more than {} values", kMaxAliasedNodes));
    }
    place(anchored.node, 0, anchored.levels);
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    NodePtr node = make(Node::Kind::Scalar, mark);
    node->text = value;
    node->quoted = tag == "!";
    if (has_variables(value)) {
      replace_variables(mark, *node, anchor != 0);
    }
    place(node, anchor, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    check_tag(mark, tag);
    open(make(Node::Kind::List, mark), anchor);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    check_tag(mark, tag);
    open(make(Node::Kind::Map, mark), anchor);
  }

  void OnMapEnd() override { close(); }

 private:
  /// A list or mapping that is not complete yet.
  struct Open {
    NodePtr node;
    YAML::anchor_t anchor = 0;
    std::size_t levels = 0;            // of lists and mappings inside of it
    std::optional<Entry> entry;        // of a mapping: its key has been read
    std::map<std::string, Mark> keys;  // of a mapping: where each stands
    bool text_key = true;              // of a mapping: the key read last is text
  };

  struct Anchored {
    NodeRef node;
    std::size_t levels = 0;  // of lists and mappings, itself counted
  };

  Mark to_mark(const YAML::Mark& mark) const {
    return {file_, static_cast<std::uint32_t>(mark.line + 1),
            static_cast<std::uint32_t>(mark.column + 1)};
  }

  NodePtr make(Node::Kind kind, const YAML::Mark& mark) {
    if (++nodes_ > kMaxNodes) {
      fail(mark, fmt::format("more than {} values in one file", kMaxNodes));
    }
    understood_ = static_cast<std::size_t>(mark.pos);
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->mark = to_mark(mark);
    return node;
  }

  /// Replaces the variables of a value. After a mistake the text stays as it was written. A secret
  /// with an anchor would be none: an alias may stand anywhere.
  void replace_variables(const YAML::Mark& mark, Node& node, bool anchored) {
    const Open* parent = stack_.empty() ? nullptr : &stack_.back();
    const bool in_mapping = parent != nullptr && parent->node->kind == Node::Kind::Map;
    if (in_mapping && !parent->entry) {
      report_.error(node.mark, "variables can stand in values, and this is a key");
      return;
    }
    const bool secret = in_mapping && parent->entry->key == "password" && !anchored;
    auto text = substitute(node.text, secret);
    if (!text) {
      report_.error(node.mark, std::move(text.error()));
      return;
    }
    substituted_ += text->size();
    if (substituted_ > kMaxSubstituted) {
      fail(mark, fmt::format("variables stand for more than {} MiB", kMaxSubstituted >> 20));
    }
    node.text = *std::move(text);
    node.quoted = false;
    node.substituted = true;
  }

  [[noreturn]] void fail(const YAML::Mark& mark, std::string message) {
    report_.error(to_mark(mark), std::move(message));
    throw Abandoned{};
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!" && !tag.starts_with("tag:yaml.org,2002:")) {
      report_.error(to_mark(mark),
                    fmt::format("the tag \"{}\" means nothing here", net::escaped(tag, 64)));
    }
  }

  void open(NodePtr node, YAML::anchor_t anchor) {
    if (stack_.size() >= kMaxDepth) {
      report_.error(node->mark, fmt::format("nested more than {} levels deep", kMaxDepth));
      throw Abandoned{};
    }
    stack_.push_back({.node = std::move(node), .anchor = anchor});
  }

  void close() {
    const Open done = std::move(stack_.back());
    stack_.pop_back();
    place(done.node, done.anchor, done.levels + 1);
  }

  void place(const NodeRef& node, YAML::anchor_t anchor, std::size_t levels) {
    if (anchor != 0) {
      anchors_[anchor] = {node, levels};
    }
    if (stack_.empty()) {
      root_ = node;
      return;
    }
    Open& parent = stack_.back();
    parent.levels = std::max(parent.levels, levels);
    if (parent.node->kind == Node::Kind::List) {
      parent.node->items.push_back(node);
    } else if (!parent.entry) {
      begin_entry(parent, *node);
    } else {
      finish_entry(parent, node);
    }
  }

  void begin_entry(Open& parent, const Node& key) {
    parent.text_key = key.kind == Node::Kind::Scalar;
    if (!parent.text_key) {
      report_.error(key.mark, fmt::format("expected a key, got {}", key.describe()));
    }
    parent.entry = Entry{.key = key.text, .mark = key.mark, .value = nullptr};
  }

  void finish_entry(Open& parent, const NodeRef& value) {
    Entry entry = std::move(*parent.entry);
    parent.entry.reset();
    entry.value = value;
    if (!parent.text_key) {
      return;
    }
    if (value->kind == Node::Kind::Null) {
      // yaml-cpp places an absent value at whatever follows.
      auto here = std::make_shared<Node>(*value);
      here->mark = entry.mark;
      entry.value = here;
    }
    const auto [first, fresh] = parent.keys.emplace(entry.key, entry.mark);
    if (!fresh) {
      report_.error(entry.mark, fmt::format("the key \"{}\" stands twice, first in line {}",
                                            net::escaped(entry.key, 64), first->second.line));
      return;
    }
    parent.node->entries.push_back(std::move(entry));
  }

  std::uint32_t file_;
  Report& report_;
  NodeRef root_;
  bool started_ = false;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Anchored> anchors_;
  std::size_t nodes_ = 0;
  std::size_t aliased_ = 0;
  std::size_t substituted_ = 0;  // octets that values with variables have become
  std::size_t understood_ = 0;   // where the value read last begins
};

/// Reports the first octet that cannot be part of a text file.
bool check_octets(std::string_view text, std::uint32_t file, Report& report) {
  Mark mark{file, 1, 1};
  while (!text.empty()) {
    const auto octet = static_cast<unsigned char>(text.front());
    const std::size_t length = utf8_length(text);
    const bool control = octet < 0x20 && octet != '\t' && octet != '\n' && octet != '\r';
    if (length == 0 || control) {
      report.error(mark, fmt::format("octet 0x{:02x} has no place in a text file ({})", octet,
                                     control ? "a control character" : "not UTF-8"));
      return false;
    }
    mark.column += static_cast<std::uint32_t>(length);
    if (octet == '\n') {
      mark = {file, mark.line + 1, 1};
    }
    text.remove_prefix(length);
  }
  return true;
}

}  // namespace

const Entry* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) {
      return &entry;
    }
  }
  return nullptr;
}

std::string Node::describe() const {
  switch (kind) {
    case Kind::Null:
      return "nothing";
    case Kind::Scalar:
      return fmt::format("\"{}\"{}", net::escaped(text, 64),
                         substituted ? " out of a variable" : "");
    case Kind::List:
      return "a list";
    case Kind::Map:
      return "a mapping";
  }
  return {};
}

NodeRef parse_yaml(std::string_view text, std::uint32_t file, Report& report) {
  if (text.size() > kMaxFileSize) {
    report.error({file, 0, 0}, fmt::format("larger than {} MiB", kMaxFileSize >> 20));
    return nullptr;
  }
  if (constexpr std::string_view kByteOrder = "\xef\xbb\xbf"; text.starts_with(kByteOrder)) {
    text.remove_prefix(kByteOrder.size());
  }
  if (!check_octets(text, file, report)) {
    return nullptr;
  }
  TreeBuilder builder(file, report);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Abandoned&) {
    return nullptr;
  } catch (const YAML::Exception& error) {
    YamlFault fault = explain(error, builder.progress(text));
    report.error(
        {file, static_cast<std::uint32_t>(fault.line), static_cast<std::uint32_t>(fault.column)},
        std::move(fault.message));
    return nullptr;
  }
  return builder.root();
}

}  // namespace pipit::config
