#include "cli/ask.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/client.hpp"
#include "cli/fields.hpp"
#include "cli/table.hpp"
#include "cli/view.hpp"
#include "control/protocol/shown_neighbors.hpp"
#include "control/protocol/shown_system.hpp"

namespace pipit::cli {
namespace {

using control::shown::kError;
using control::shown::kListEnd;
using control::shown::kNeighbor;
using nlohmann::json;

constexpr const char* kCutOff = "the daemon closed the connection in the middle of its answer";

json request_of(const Invocation& invocation) {
  json arguments = json::object();
  for (const Given& given : invocation.arguments) {
    if (given.spec->local) {
      continue;
    }
    const std::string key(given.spec->key);
    switch (given.spec->kind) {
      case control::ArgumentKind::Flag:
        arguments[key] = true;
        break;
      case control::ArgumentKind::Number:
      case control::ArgumentKind::Duration: {
        std::uint32_t value = 0;
        std::from_chars(given.value.data(), given.value.data() + given.value.size(), value);
        arguments[key] = value;
        break;
      }
      case control::ArgumentKind::File: {
        std::error_code error;  // the daemon has a working directory of its own
        const auto path = std::filesystem::absolute(given.value, error);
        arguments[key] = error ? given.value : path.string();
        break;
      }
      case control::ArgumentKind::Choice:
      case control::ArgumentKind::Prefix:
      case control::ArgumentKind::Address:
      case control::ArgumentKind::Range:
      case control::ArgumentKind::Neighbor:
      case control::ArgumentKind::Group:
      case control::ArgumentKind::Text:
        arguments[key] = given.value;
        break;
    }
  }
  return {{"command", invocation.command->name}, {"args", std::move(arguments)}};
}

/// An answer as one JSON document. Rows are copied as they come: they are never in memory together.
class Document {
 public:
  Document(const Invocation& invocation, Output& out)
      : out_(out),
        name_(name_of_rows(invocation)),
        count_only_(invocation.find("count") != nullptr) {}

  void row(const std::string& line) {
    out_.write(rows_++ == 0 ? begin() + "\n" : ",\n");
    out_.write(line);
  }

  void end(json last) {
    last.erase("done");
    if (rows_ == 0 && !last.contains("total")) {
      out_.write(last.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
      return;
    }
    if (rows_ == 0 && count_only_) {
      out_.write(last.dump() + "\n");
      return;
    }
    const std::string open = rows_ > 0 ? "\n]" : begin() + "]";
    if (!name_.empty()) {
      out_.write(fmt::format("{},{}\n", open, last.dump().substr(1)));
    } else {
      out_.write(open + "\n");
    }
  }

  /// Ends the document with an error in it, as far as its shape has room for one.
  void fail(const json& error) {
    if (rows_ == 0) {
      out_.write(error.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
    } else if (!name_.empty()) {
      out_.write("\n]," + error.dump().substr(1) + "\n");
    } else {
      out_.write("\n]\n");
    }
  }

 private:
  /// Rows of some commands are a member of an object, those of the others an array by themselves.
  static std::string_view name_of_rows(const Invocation& invocation) {
    const std::string_view command = invocation.command->name;
    return command == "show routes" || command == "show route" ? "routes"
           : command == "reload"                               ? "changes"
                                                               : "";
  }

  std::string begin() const { return name_.empty() ? "[" : fmt::format("{{\"{}\":[", name_); }

  Output& out_;
  std::string_view name_;  // empty: an array
  bool count_only_;
  std::size_t rows_ = 0;
};

void complain(const std::string& text) {
  const std::string line = "pipit: " + printable(text, true) + "\n";
  std::fputs(line.c_str(), stderr);
}

Exit status_of(const json& error) {
  return text(Shown<kError>(error), "code") == "usage" ? Exit::Usage : Exit::Refused;
}

/// Whether a line is the last one of its answer; parsed then.
std::optional<json> last_line(const std::string& line) {
  if (!line.starts_with("{\"done\":") && !line.starts_with("{\"error\":")) {
    return std::nullopt;
  }
  return json::parse(line, nullptr, /*allow_exceptions=*/false);
}

/// False in the last object's own words: {"ok":false} of reload and check.
bool succeeded(const Invocation& invocation, const json& last) {
  const bool nothing =
      invocation.command->name == "show route" && number(Shown<kListEnd>(last), "total") == 0;
  const bool unknown = invocation.command->name == "explain" && !explains_something(last);
  return raw::member(last, "ok") != false && !nothing && !unknown;
}

Exit copy(const Invocation& invocation, Client& client, Output& out) {
  Document document(invocation, out);
  while (out.open()) {
    const auto line = client.read_line();
    if (!line) {
      document.fail({{"error", kCutOff}});
      return Exit::Unreachable;
    }
    auto last = last_line(*line);
    if (!last) {
      document.row(*line);
    } else if (last->contains("error")) {
      document.fail(*last);
      return status_of(*last);
    } else {
      const bool good = succeeded(invocation, *last);
      document.end(std::move(*last));
      return good ? Exit::Done : Exit::Refused;
    }
  }
  return Exit::Done;
}

Exit show(const Invocation& invocation, Client& client, Output& out) {
  const std::unique_ptr<View> view = make_view(invocation);
  while (out.open()) {
    const auto line = client.read_line();
    if (!line) {
      complain(kCutOff);
      return Exit::Unreachable;
    }
    const auto last = last_line(*line);
    if (!last) {
      view->row(json::parse(*line, nullptr, /*allow_exceptions=*/false), out);
    } else if (last->contains("error")) {
      complain(text(Shown<kError>(*last), "error"));
      return status_of(*last);
    } else {
      return view->end(*last, out) ? Exit::Done : Exit::Refused;
    }
  }
  return Exit::Done;  // whoever read has seen enough
}

/// A field of each neighbor, where it is not empty.
std::vector<std::string> texts_of_neighbors(const std::string& socket,
                                            Key<kNeighbor, fits::value> key) {
  std::vector<std::string> found;
  auto client = Client::connect(socket);
  if (!client || !client->send(R"({"command":"show neighbors"})")) {
    return found;
  }
  while (auto line = client->read_line()) {
    if (last_line(*line)) {
      break;
    }
    const json row = json::parse(*line, nullptr, /*allow_exceptions=*/false);
    std::string value = text(Shown<kNeighbor>(row), key, "");
    if (!value.empty()) {
      found.push_back(std::move(value));
    }
  }
  return found;
}

}  // namespace

Exit fail(Exit status, std::string_view text, const AskOptions& options, Output& out) {
  if (options.json) {
    out.write(json{{"error", text}}.dump(-1, ' ', false, json::error_handler_t::replace) + "\n");
  } else {
    complain(std::string(text));
  }
  return status;
}

Exit ask(const Invocation& invocation, const AskOptions& options, Output& out) {
  auto client = Client::connect(options.socket);
  if (!client) {
    const bool check = invocation.command->name == "check";
    return fail(Exit::Unreachable,
                client.error() + (check ? "\n`pipitd --check --config FILE` needs no daemon" : ""),
                options, out);
  }
  const std::string request =
      request_of(invocation).dump(-1, ' ', false, json::error_handler_t::replace);
  client->send(request);  // when it fails, reading says more: an error line, or the end
  return options.json ? copy(invocation, *client, out) : show(invocation, *client, out);
}

std::string default_socket() {
  const char* const chosen = std::getenv("PIPIT_SOCKET");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/run/pipit/pipit.sock";
}

std::vector<std::string> neighbor_names(const std::string& socket) {
  return texts_of_neighbors(socket, "name");
}

std::vector<std::string> group_names(const std::string& socket) {
  std::vector<std::string> names = texts_of_neighbors(socket, "group");
  std::ranges::sort(names);
  const auto [first, last] = std::ranges::unique(names);
  names.erase(first, last);
  return names;
}

}  // namespace pipit::cli
