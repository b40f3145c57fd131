#include "control/commands.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "control/commands_config.hpp"
#include "control/reply.hpp"
#include "net/log.hpp"

namespace pipit::control {
namespace {

Reply status(const Context& context, const Arguments&) {
  return one(context.view.status());
}

Reply show_neighbors(const Context& context, const Arguments&) {
  return list(context.view.neighbors());
}

Reply show_neighbor(const Context& context, const Arguments& arguments) {
  const std::string& name = arguments["name"].text;
  const auto model = context.view.neighbor(name);
  return model ? one(*model) : no_neighbor(name);
}

NeighborRoutes view_of(const std::string& text) {
  constexpr std::array kViews{
      std::pair{std::string_view("received"), NeighborRoutes::Received},
      std::pair{std::string_view("rejected"), NeighborRoutes::Rejected},
      std::pair{std::string_view("advertised"), NeighborRoutes::Advertised},
  };
  const auto found = std::ranges::find(kViews, text, [](const auto& view) { return view.first; });
  return found == kViews.end() ? NeighborRoutes::Accepted : found->second;
}

std::optional<policy::SourceKind> source_kind(const std::string& text) {
  constexpr std::array kKinds{
      std::pair{std::string_view("bgp"), policy::SourceKind::Bgp},
      std::pair{std::string_view("kernel"), policy::SourceKind::Kernel},
      std::pair{std::string_view("connected"), policy::SourceKind::Connected},
      std::pair{std::string_view("originate"), policy::SourceKind::Originate},
  };
  const auto found = std::ranges::find(kKinds, text, [](const auto& kind) { return kind.first; });
  return found == kKinds.end() ? std::nullopt : std::optional(found->second);
}

std::optional<AnyCommunity> any_community(const std::string& text) {
  if (const auto standard = bgp::parse_community(text)) {
    return *standard;
  }
  if (const auto large = bgp::parse_large_community(text)) {
    return *large;
  }
  if (const auto extended = bgp::parse_extended_community(text)) {
    return *extended;
  }
  return std::nullopt;
}

/// Which destinations; an error says what does not go together.
std::expected<void, std::string> choose_destinations(const Arguments& arguments,
                                                     RouteQuery& query) {
  const bool longer = arguments.has("longer");
  const bool shorter = arguments.has("shorter");
  if (longer && shorter) {
    return std::unexpected("either longer or shorter");
  }
  if (arguments.has("prefix")) {
    query.prefix = arguments["prefix"].prefix;
    query.match = longer    ? PrefixMatch::Longer
                  : shorter ? PrefixMatch::Shorter
                            : PrefixMatch::Exact;
  } else if (longer || shorter) {
    return std::unexpected(longer ? "longer needs a prefix" : "shorter needs a prefix");
  }
  if (arguments.has("family")) {
    query.family = net::parse_family(arguments["family"].text);
  }
  return {};
}

/// What of the rows; likewise.
std::expected<void, std::string> choose_rows(const Arguments& arguments, RouteQuery& query) {
  if (arguments.has("source")) {
    const std::string& source = arguments["source"].text;
    if (source.empty()) {
      return std::unexpected("source must not be empty");
    }
    query.source_kind = source_kind(source);
    query.source = query.source_kind ? std::string() : source;
  }
  if (arguments.has("community")) {
    const std::string& text = arguments["community"].text;
    query.community = any_community(text);
    if (!query.community) {
      return std::unexpected(fmt::format("\"{}\" is no community", net::escaped(text, 80)));
    }
  }
  if (arguments.has("as-path")) {
    auto pattern = policy::AsPathPattern::compile(arguments["as-path"].text);
    if (!pattern) {
      return std::unexpected(fmt::format("as-path, at character {}: {}", pattern.error().offset + 1,
                                         pattern.error().message));
    }
    query.as_path = std::move(*pattern);
  }
  query.best_only = arguments.has("best");
  return {};
}

Reply show_routes(const Context& context, const Arguments& arguments) {
  RouteQuery query;
  for (const auto choose : {choose_destinations, choose_rows}) {
    if (const auto chosen = choose(arguments, query); !chosen) {
      return usage("show routes: " + chosen.error());
    }
  }
  query.neighbor = arguments["neighbor"].text;
  if (arguments.has("neighbor") && query.neighbor.empty()) {
    return no_neighbor(query.neighbor);
  }
  if (arguments.has("view") && query.neighbor.empty()) {
    return usage(fmt::format("show routes: {} needs a neighbor", arguments["view"].text));
  }
  query.routes = view_of(arguments["view"].text);
  return list(context.view.open_routes(query),
              {.limit = arguments["limit"].number, .count_only = arguments.has("count")});
}

Reply show_route(const Context& context, const Arguments& arguments) {
  RouteQuery query;
  query.match = PrefixMatch::Longest;
  query.prefix = arguments["prefix"].prefix;
  return list(context.view.open_routes(query));
}

Reply show_kernel(const Context& context, const Arguments&) {
  return list(context.view.open_kernel_routes(), {.ending = [&view = context.view](auto& json) {
                write_kernel(json, view.status().kernel);
              }});
}

Reply show_next_hops(const Context& context, const Arguments&) {
  return list(context.view.open_next_hops());
}

Reply show_groups(const Context& context, const Arguments&) {
  return list(context.view.groups());
}

Reply show_policies(const Context& context, const Arguments&) {
  return list(context.view.policies());
}

Reply show_sets(const Context& context, const Arguments&) {
  return list(context.view.sets());
}

Reply show_memory(const Context& context, const Arguments&) {
  return one(context.view.memory());
}

Reply explain(const Context& context, const Arguments& arguments) {
  const net::Prefix& prefix = arguments["prefix"].prefix;
  if (arguments.has("from") && arguments.has("to")) {
    return usage("explain: either from or to");
  }
  if (arguments.has("from")) {
    const auto model = context.view.explain_from(prefix, arguments["from"].text);
    return model ? one(*model) : fail(model.error());
  }
  if (arguments.has("to")) {
    const auto model = context.view.explain_to(prefix, arguments["to"].text);
    return model ? one(*model) : fail(model.error());
  }
  return one(context.view.explain(prefix));
}

Reply explain_neighbor(const Context& context, const Arguments& arguments) {
  const std::string& name = arguments["name"].text;
  const auto model = context.view.explain_neighbor(name);
  return model ? one(*model) : no_neighbor(name);
}

Reply enable(const Context& context, const Arguments& arguments) {
  return done(context.commands.enable_neighbor(arguments["name"].text));
}

Reply disable(const Context& context, const Arguments& arguments) {
  return done(context.commands.disable_neighbor(arguments["name"].text, arguments["message"].text));
}

Reply reset(const Context& context, const Arguments& arguments) {
  return done(context.commands.reset_neighbor(arguments["name"].text));
}

Reply refresh(const Context& context, const Arguments& arguments) {
  const std::string& direction = arguments["direction"].text;
  return done(context.commands.refresh_neighbor(arguments["name"].text,
                                                direction == "in"    ? RefreshDirection::In
                                                : direction == "out" ? RefreshDirection::Out
                                                                     : RefreshDirection::Both));
}

Reply confirm(const Context& context, const Arguments&) {
  return done(context.commands.confirm(context.requester));
}

struct Handler {
  std::string_view command;
  Reply (*run)(const Context&, const Arguments&);
  /// In place of `run`: answers later.
  void (*begin)(const Context&, const Arguments&, Respond) = nullptr;
};

constexpr std::array kHandlers{
    Handler{"status", status},
    Handler{"show neighbors", show_neighbors},
    Handler{"show neighbor", show_neighbor},
    Handler{"show routes", show_routes},
    Handler{"show route", show_route},
    Handler{"show kernel", show_kernel},
    Handler{"show next-hops", show_next_hops},
    Handler{"show groups", show_groups},
    Handler{"show policies", show_policies},
    Handler{"show sets", show_sets},
    Handler{"show memory", show_memory},
    Handler{"show config", nullptr, show_config},
    Handler{"explain", explain},
    Handler{"explain neighbor", explain_neighbor},
    Handler{"neighbor enable", enable},
    Handler{"neighbor disable", disable},
    Handler{"neighbor reset", reset},
    Handler{"neighbor refresh", refresh},
    Handler{"reload", nullptr, reload},
    Handler{"confirm", confirm},
    Handler{"rollback", nullptr, rollback},
    Handler{"check", nullptr, check},
};

}  // namespace

bool has_handler(std::string_view command) {
  return std::ranges::find(kHandlers, command, &Handler::command) != kHandlers.end();
}

void answer(const Context& context, const Request& request, Respond respond) {
  const auto handler = std::ranges::find(kHandlers, request.command->name, &Handler::command);
  if (handler == kHandlers.end()) {
    respond(usage(fmt::format("unknown command \"{}\"", request.command->name)));
  } else if (handler->begin != nullptr) {
    handler->begin(context, request.arguments, std::move(respond));
  } else {
    respond(handler->run(context, request.arguments));
  }
}

std::string done_line(std::size_t total, bool truncated, const ListOptions& options) {
  std::string line;
  JsonWriter json(line);
  json.begin_object().member("done", true).member("total", total);
  if (truncated) {
    json.member("truncated", true);
  }
  if (options.ending) {
    options.ending(json);
  }
  json.end_object();
  line += '\n';
  return line;
}

std::string failure_line(const Refusal& refusal) {
  return error_line(
      {refusal.kind == Refusal::Kind::NotFound ? ErrorCode::NotFound : ErrorCode::Refused,
       refusal.text});
}

}  // namespace pipit::control
