package io.sluice.control.command;

import io.sluice.control.engine.Engine;

/**
 * The process that commands act on.
 *
 * @param startedNs {@code System.nanoTime()} when it was ready
 * @param stop asks the process to end; returns at once
 */
public record Running(Engine engine, long startedNs, Runnable stop) {}
