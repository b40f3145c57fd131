// What answers show is what the tables of fields say, and so is their reference.
#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include <unistd.h>

#include "control/protocol/answers.hpp"
#include "control/protocol/reference.hpp"
#include "control/protocol/shown_system.hpp"
#include "tests/unit/catch.hpp"
#include "tests/unit/control/asking.hpp"

using namespace pipit;
using namespace pipit::control;
using control::test::ask;
using control::test::FakeDaemon;
using nlohmann::json;

namespace {

using Records = std::span<const Record* const>;

/// What is wrong with an object, told with the way to it; none: it is as the records say.
class Examiner {
 public:
  std::vector<std::string> examine(const json& object, Records records) {
    examine_object("", object, records);
    return std::move(wrong_);
  }

 private:
  void say(const std::string& where, const char* what) { wrong_.push_back(where + " " + what); }

  void examine_object(const std::string& where, const json& object, Records records) {
    std::set<std::string, std::less<>> known;
    for (const Record* record : records) {
      examine_fields(where, object, *record, known);
    }
    for (const auto& [name, value] : object.items()) {
      if (!known.contains(name)) {
        say(where + "/" + name, "stands in no table");
      }
    }
  }

  void examine_fields(const std::string& where,
                      const json& object,
                      const Record& record,
                      std::set<std::string, std::less<>>& known) {
    for (const Field& field : record.fields) {
      if (field.shape == Shape::Included) {
        examine_fields(where, object, *field.record, known);
        continue;
      }
      known.emplace(field.name);
      const auto value = object.find(field.name);
      const std::string here = where + "/" + std::string(field.name);
      if (value == object.end()) {
        if (field.presence != Presence::MayBeAbsent) {
          say(here, "is missing");
        }
      } else if (!value->is_null()) {
        examine_shape(here, *value, field);
      } else if (field.presence != Presence::MayBeNull) {
        say(here, "is null");
      }
    }
  }

  void examine_shape(const std::string& where, const json& value, const Field& field) {
    if (field.shape == Shape::One) {
      examine_value(where, value, field);
    } else if (value.is_array() != (field.shape == Shape::List) ||
               value.is_object() != (field.shape == Shape::Map)) {
      say(where, "has another shape");
    } else {
      for (const json& element : value) {
        examine_value(where, element, field);
      }
    }
  }

  void examine_value(const std::string& where, const json& value, const Field& field) {
    switch (field.kind) {
      case Kind::Object:
        examine_object(where, value, std::array{field.record});
        return;
      case Kind::Flag:
        return expect(where, value.is_boolean());
      case Kind::Number:
      case Kind::Count:
      case Kind::Octets:
        return expect(where, value.is_number_unsigned());
      case Kind::Duration:
        return expect(where, value.is_number());
      case Kind::Json:
        return;
      case Kind::Word:
        return expect(where, value == "" || std::ranges::count(split(field.words, '|'),
                                                               value.get<std::string>()) != 0);
      case Kind::Timestamp:
        return expect(where, value.is_string() && value.get<std::string>().ends_with("Z"));
      case Kind::Text:
      case Kind::Hex:
      case Kind::Address:
      case Kind::Endpoint:
      case Kind::Prefix:
      case Kind::Family:
        return expect(where, value.is_string());
    }
  }

  void expect(const std::string& where, bool fits) {
    if (!fits) {
      say(where, "is of another kind");
    }
  }

  std::vector<std::string> wrong_;
};

std::vector<std::string> examined(const json& object, Records records) {
  return Examiner().examine(object, records);
}

/// Arguments with which the made-up daemon has something to answer.
json arguments_for(const AnswerSpec& answer) {
  json arguments = json::object();
  for (const ArgumentSpec& argument : find_command(answer.command)->arguments) {
    const bool neighbor = argument.kind == ArgumentKind::Neighbor;
    if (argument.required || argument.key == answer.when) {
      arguments[argument.key] = argument.kind == ArgumentKind::Number   ? json(1)
                                : argument.kind == ArgumentKind::Flag   ? json(true)
                                : argument.kind == ArgumentKind::Prefix ? json("10.0.0.0/24")
                                : argument.kind == ArgumentKind::Group  ? json("clients")
                                : argument.kind == ArgumentKind::File
                                    ? json(PIPIT_SOURCE_ROOT "/.clang-format")
                                : neighbor ? json("n1")
                                           : json("x");
    }
  }
  return arguments;
}

/// A row is one of the records.
bool is_one(const json& row, Records records) {
  return std::ranges::any_of(
      records, [&](const Record* record) { return examined(row, std::array{record}).empty(); });
}

void check_answer(const AnswerSpec& answer, const json& arguments) {
  FakeDaemon daemon;
  const auto lines = ask(daemon, std::string(answer.command).c_str(), arguments);
  INFO(answer.command << " " << arguments.dump());
  REQUIRE(!lines.empty());
  CHECK(examined(lines.back(), answer.last) == std::vector<std::string>{});
  for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
    INFO(lines[i].dump());
    REQUIRE(!answer.rows.empty());
    if (!is_one(lines[i], answer.rows)) {
      CHECK(examined(lines[i], answer.rows.first(1)) == std::vector<std::string>{});
    }
  }
}

}  // namespace

TEST_CASE("Every answer has the fields of its tables and no others") {
  for (const AnswerSpec& answer : answer_specs()) {
    check_answer(answer, arguments_for(answer));
  }
}

TEST_CASE("Answers with all sorts of arguments have the fields of their tables") {
  const auto check = [](std::string_view command, std::string_view when, const json& arguments) {
    const auto answer = std::ranges::find_if(answer_specs(), [&](const AnswerSpec& spec) {
      return spec.command == command && spec.when == when;
    });
    REQUIRE(answer != answer_specs().end());
    check_answer(*answer, arguments);
  };
  for (const char* name : {"n0", "n1", "n2"}) {
    check("show neighbor", "", {{"name", name}});
  }
  check("show routes", "", {{"view", "rejected"}});
  check("show routes", "", {{"limit", 1}});
  check("show routes", "", {{"count", true}});
  check("explain", "", {{"prefix", "192.0.2.0/24"}});
  check("explain", "", {{"prefix", "10.0.0.1"}});
  check("reload", "dry-run", {{"dry-run", true}, {"routes", true}});
}

TEST_CASE("Every command that the daemon answers says in the tables what with") {
  for (const CommandSpec& command : command_specs()) {
    INFO(command.name);
    CHECK(std::ranges::count(answer_specs(), command.name, &AnswerSpec::command) >=
          (command.local ? 0 : 1));
  }
  for (const AnswerSpec& answer : answer_specs()) {
    INFO(answer.command);
    const CommandSpec* command = find_command(answer.command);
    REQUIRE(command != nullptr);
    CHECK((answer.when.empty() ||
           std::ranges::count(command->arguments, answer.when, &ArgumentSpec::key) == 1));
  }
}

TEST_CASE("An error has the fields of its table") {
  FakeDaemon daemon;
  const auto lines = ask(daemon, "show neighbor", {{"name", "nobody"}});
  REQUIRE(lines.size() == 1);
  CHECK(examined(lines[0], std::array{&shown::kError}) == std::vector<std::string>{});
}

TEST_CASE("What stands in no table is found") {
  FakeDaemon daemon;
  json group = ask(daemon, "show groups").at(0);
  group["surprise"] = 1;
  group["id"] = "one";
  group.erase("type");
  const auto wrong = examined(group, std::array{&shown::kGroup});
  CHECK(wrong == std::vector<std::string>{"/id is of another kind", "/type is missing",
                                          "/surprise stands in no table"});
}

TEST_CASE("docs/json.md is what the tables say") {
  std::ifstream in(PIPIT_SOURCE_ROOT "/docs/json.md");
  std::ostringstream text;
  text << in.rdbuf();
  INFO("control/protocol/protocol-describe in the build folder prints it");
  CHECK(text.str() == json_reference());
}
