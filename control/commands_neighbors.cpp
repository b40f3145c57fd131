#include "control/commands_neighbors.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bgp/wire/notification.hpp"
#include "control/reply.hpp"
#include "net/slice_budget.hpp"

namespace pipit::control {
namespace {

RefreshDirection direction_of(const Arguments& arguments) {
  const std::string& direction = arguments["direction"].text;
  return direction == "in"    ? RefreshDirection::In
         : direction == "out" ? RefreshDirection::Out
                              : RefreshDirection::Both;
}

/// What is done to each of many neighbors, and how the answer calls it.
struct Deed {
  std::function<DaemonCommands::Result(const std::string& name)> run;
  const char* one;   // "is enabled", of one neighbor
  const char* many;  // "are enabled"
};

/// Does it to one neighbor after another, a few in each turn of the loop, and says in the end to
/// which. Nothing is written before, so that it goes on when the client does not read or goes.
class DoneWithEach final : public Answer {
 public:
  DoneWithEach(std::vector<std::string> names, Deed deed)
      : names_(std::move(names)), deed_(std::move(deed)) {}

  bool produce(const net::Loop& loop, std::string& out) override {
    const net::SliceBudget budget(loop, kPartTime);
    while (next_ < names_.size()) {
      const std::string& name = names_[next_++];
      if (auto result = deed_.run(name)) {
        done_.push_back(name);
      } else {
        failed_.emplace_back(name, std::move(result.error().text));
      }
      if (budget.spent()) {
        return true;
      }
    }
    finish(out);
    return false;
  }

 private:
  static std::string counted(std::size_t number) {
    return fmt::format("{} neighbor{}", number, number == 1 ? "" : "s");
  }

  std::string message() const {
    const std::string failed =
        failed_.empty() ? ""
                        : fmt::format("{} could not be", failed_.size() == 1 && done_.empty()
                                                             ? std::string("the neighbor")
                                                             : counted(failed_.size()));
    const std::string done = done_.empty()
                                 ? ""
                                 : fmt::format("{} {}", counted(done_.size()),
                                               done_.size() == 1 ? deed_.one : deed_.many);
    return done + (done.empty() || failed.empty() ? "" : ", ") + failed;
  }

  void finish(std::string& out) const { out += one(ManyNeighbors{message(), done_, failed_}).text; }

  std::vector<std::string> names_;
  Deed deed_;
  std::size_t next_ = 0;
  std::vector<std::string> done_;
  std::vector<FailedNeighbor> failed_;
};

Reply for_each_neighbor(const Context& context, const Arguments& arguments, Deed deed) {
  const std::string& group = arguments["group"].text;
  auto names = context.view.neighbor_names(group);
  if (!names) {
    return fail(names.error());
  }
  if (names->empty()) {
    return fail(Refusal{Refusal::Kind::NotFound,
                        group.empty() ? std::string("no neighbors are configured")
                                      : fmt::format("no neighbor is in group \"{}\"", group)});
  }
  return {{}, std::make_unique<DoneWithEach>(std::move(*names), std::move(deed))};
}

NeighborQuery::State state_of(const std::string& text) {
  return text == "up"         ? NeighborQuery::State::Up
         : text == "down"     ? NeighborQuery::State::Down
         : text == "shutdown" ? NeighborQuery::State::Shutdown
                              : NeighborQuery::State::Any;
}

}  // namespace

Reply show_neighbors(const Context& context, const Arguments& arguments) {
  NeighborQuery query;
  query.state = state_of(arguments["state"].text);
  query.group = arguments["group"].text;
  if (arguments.has("type")) {
    query.internal = arguments["type"].text == "internal";
  }
  if (arguments.has("asn")) {
    query.asn = arguments["asn"].number;
  }
  if (arguments.has("family")) {
    query.family = net::parse_family(arguments["family"].text);
  }
  return list(context.view.open_neighbors(query));
}

Reply show_neighbor(const Context& context, const Arguments& arguments) {
  const std::string& name = arguments["name"].text;
  const auto model = context.view.neighbor(name);
  return model ? one(*model) : fail(no_neighbor(name));
}

Reply explain_neighbor(const Context& context, const Arguments& arguments) {
  const std::string& name = arguments["name"].text;
  const auto model = context.view.explain_neighbor(name);
  return model ? one(*model) : fail(no_neighbor(name));
}

Reply enable_neighbor(const Context& context, const Arguments& arguments) {
  return done(context.commands.enable_neighbor(arguments["name"].text));
}

Reply disable_neighbor(const Context& context, const Arguments& arguments) {
  return done(context.commands.disable_neighbor(arguments["name"].text, arguments["message"].text));
}

Reply reset_neighbor(const Context& context, const Arguments& arguments) {
  return done(context.commands.reset_neighbor(arguments["name"].text));
}

Reply refresh_neighbor(const Context& context, const Arguments& arguments) {
  return done(context.commands.refresh_neighbor(arguments["name"].text, direction_of(arguments)));
}

Reply enable_neighbors(const Context& context, const Arguments& arguments) {
  return for_each_neighbor(context, arguments,
                           {[&commands = context.commands](const std::string& name) {
                              return commands.enable_neighbor(name);
                            },
                            "is enabled", "are enabled"});
}

Reply disable_neighbors(const Context& context, const Arguments& arguments) {
  const std::string& message = arguments["message"].text;
  if (message.size() > bgp::kMaxShutdownCommunication) {  // of none rather than of each
    return fail(Refusal{Refusal::Kind::Refused,
                        fmt::format("the message has {} octets, at most {} fit", message.size(),
                                    bgp::kMaxShutdownCommunication)});
  }
  return for_each_neighbor(context, arguments,
                           {[&commands = context.commands, message](const std::string& name) {
                              return commands.disable_neighbor(name, message);
                            },
                            "is shut down", "are shut down"});
}

Reply reset_neighbors(const Context& context, const Arguments& arguments) {
  return for_each_neighbor(context, arguments,
                           {[&commands = context.commands](const std::string& name) {
                              return commands.reset_neighbor(name);
                            },
                            "is reset", "are reset"});
}

Reply refresh_neighbors(const Context& context, const Arguments& arguments) {
  const RefreshDirection direction = direction_of(arguments);
  return for_each_neighbor(context, arguments,
                           {[&commands = context.commands, direction](const std::string& name) {
                              return commands.refresh_neighbor(name, direction);
                            },
                            "is refreshed", "are refreshed"});
}

}  // namespace pipit::control
