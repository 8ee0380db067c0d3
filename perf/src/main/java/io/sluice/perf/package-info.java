/**
 * The throughput harness: it makes pcaps, sends them through Sluice and its peers on one core,
 * proves that Sluice tracked and translated every packet, and prints what it measured.
 */
package io.sluice.perf;
