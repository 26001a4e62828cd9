// SPDX-License-Identifier: Apache-2.0
#include "tests/conformance/told.hpp"

BATON_PLUGIN("conformance", "1.0.0", told::ToldServer, told::BareServer, told::MuteServer, told::ToldHandler,
             told::OtherHandler)
