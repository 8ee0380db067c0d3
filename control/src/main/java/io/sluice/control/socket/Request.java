package io.sluice.control.socket;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A request of JSON-RPC 1.0.
 *
 * @param id whatever the client chose; answers repeat it
 */
record Request(JsonNode id, String method, List<String> parameters) {
    /**
     * Checks that the value is a request.
     *
     * @throws CommandException saying what a request is
     */
    static Request of(JsonNode value) {
        JsonNode method = value.path("method");
        JsonNode params = value.path("params");
        boolean wellFormed =
                value.isObject()
                        && method.isString()
                        && (params.isArray() || params.isNull() || params.isMissingNode());
        if (!wellFormed) {
            throw new CommandException(
                    "not a request; expected {\"id\":...,\"method\":\"...\",\"params\":[...]}");
        }
        List<String> parameters = new ArrayList<>();
        for (JsonNode parameter : params) {
            if (!parameter.isString()) {
                throw new CommandException("parameters must be strings, found " + parameter);
            }
            parameters.add(parameter.stringValue());
        }
        return new Request(value.path("id"), method.stringValue(), List.copyOf(parameters));
    }
}
