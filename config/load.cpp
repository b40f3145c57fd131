#include "config/load.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <set>

#include <fmt/format.h>

#include "config/fields.hpp"
#include "config/files.hpp"
#include "config/include.hpp"
#include "config/neighbors.hpp"
#include "config/node.hpp"
#include "config/policy_checks.hpp"
#include "config/reader.hpp"

namespace pipit::config {
namespace {

const Node* item(const Node& root, std::string_view key, std::size_t index) {
  const Entry* list = root.find(key);
  return list == nullptr || index >= list->value->items.size() ? nullptr
                                                               : list->value->items[index].get();
}

void check_originate(Reader& reader, const Node& root, const Config& config) {
  std::set<net::Prefix> seen;
  for (std::size_t i = 0; i < config.originate.size(); ++i) {
    const Node* node = item(root, "originate", i);
    const Entry* prefix = node == nullptr ? nullptr : node->find("prefix");
    const bool read =
        prefix != nullptr && net::Prefix::parse(prefix->value->text) == config.originate[i].prefix;
    if (read && !seen.insert(config.originate[i].prefix).second) {
      reader.error(prefix->value->mark,
                   fmt::format("{} is originated twice", config.originate[i].prefix.to_string()));
    }
    const Entry* kernel = node == nullptr ? nullptr : node->find("kernel");
    if (kernel != nullptr && config.originate[i].kernel_blackhole && !config.kernel.exports) {
      reader.error(kernel->value->mark,
                   "without kernel.export no route is installed in the kernel");
    }
  }
}

void check_listen(Reader& reader, const Node& root, const Config& config) {
  const Entry* listen = root.find("listen");
  const bool mapping = listen != nullptr && listen->value->kind == Node::Kind::Map;
  const Node& holder = mapping ? *listen->value : root;
  std::set<net::Endpoint> seen;
  for (std::size_t i = 0; i < config.listen.addresses.size(); ++i) {
    const net::Endpoint& address = config.listen.addresses[i];
    const Node* node = item(holder, mapping ? "addresses" : "listen", i);
    if (node != nullptr && address.port != 0 && !seen.insert(address).second) {
      reader.error(node->mark, address.to_string() + " stands here twice");
    }
  }
}

/// Our own routes must never come back in: a rule that asks for them can only be a mistake.
void check_kernel(Reader& reader, const Node& root, const Config& config) {
  if (!config.kernel.exports) {
    return;
  }
  const std::uint8_t ours = config.kernel.exports->protocol;
  for (std::size_t i = 0; i < config.kernel.imports.size(); ++i) {
    const auto& protocols = config.kernel.imports[i].protocols;
    const Node* rule = item(*root.find("kernel")->value, "import", i);
    const Entry* protocol = rule == nullptr ? nullptr : rule->find("protocol");
    if (protocol != nullptr &&
        std::find(protocols.begin(), protocols.end(), ours) != protocols.end()) {
      reader.error(protocol->value->mark,
                   "this is the protocol of kernel.export: our own routes are never imported");
    }
  }
}

/// Fills in the configuration out of the whole tree.
void read(Reader& reader, const Node& root, Config& config) {
  config.listen.addresses = {*net::Endpoint::parse("0.0.0.0:179"),
                             *net::Endpoint::parse("[::]:179")};
  file_fields().read(reader, root, config);
  read_neighbors(reader, root, config);
  check_originate(reader, root, config);
  check_listen(reader, root, config);
  check_kernel(reader, root, config);
  check_policies(reader, root, config);
  if (reader.report().errors() == 0) {
    run_policy_tests(reader, root, config);
  }
}

std::expected<Loaded, Diagnostics> load_whole(std::string text,
                                              const std::string& name,
                                              Purpose purpose) {
  Report report;
  unify_line_ends(text);
  const std::uint32_t file = report.add_file(name, text);
  Loaded loaded;
  NodeRef root = parse_yaml(text, file, report);
  if (root != nullptr && root->kind == Node::Kind::Null) {
    root = nullptr;
  }
  if (root != nullptr && root->kind != Node::Kind::Map) {
    report.error(root->mark, "expected a mapping, got " + root->describe());
  } else if ((root == nullptr || root->entries.empty()) && report.errors() == 0) {
    report.error({file, 0, 0}, "the file is empty: it must say at least \"router: {asn: ...}\"");
  } else if (root != nullptr) {
    root = with_includes(root, report);
    Reader reader(report, *root, purpose);
    read(reader, *root, loaded.config);
  }
  if (report.errors() > 0) {
    return std::unexpected(report.diagnostics());
  }
  loaded.warnings = report.diagnostics();
  loaded.octets = report.octets();
  return loaded;
}

std::unexpected<Diagnostics> refuse(const std::string& file, std::string message) {
  return std::unexpected(
      Diagnostics{{.severity = Severity::Error, .file = file, .message = std::move(message)}});
}

}  // namespace

std::expected<Loaded, Diagnostics> load_text(std::string_view text,
                                             const std::string& name,
                                             Purpose purpose) {
  try {
    return load_whole(std::string(text), name, purpose);
  } catch (const std::bad_alloc&) {
    return refuse(name, "there is not enough memory to read it");
  }
}

std::expected<Loaded, Diagnostics> load(const std::string& path, Purpose purpose) {
  try {
    std::optional<std::string> text = read_file(path);
    if (!text) {
      return refuse(path, fmt::format("cannot read it: {}", std::strerror(errno)));
    }
    return load_whole(std::move(*text), path, purpose);
  } catch (const std::bad_alloc&) {
    return refuse(path, "there is not enough memory to read it");
  }
}

}  // namespace pipit::config
