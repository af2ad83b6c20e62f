import { pino } from "pino";
import { storeId } from "../../../src/home.ts";
import { openStore } from "../../../src/store/open.ts";
import { startCollector } from "../../../src/telemetry/collector/collector.ts";

/** A collector process of its own: `child.ts STORE HTTP_PORT GRPC_PORT`. Writes each status as a line of JSON. */
const [location = "", httpPort, grpcPort] = process.argv.slice(2);
const log = pino({ level: "warn" }, pino.destination(2));
const store = await openStore(location, log);
const collector = await startCollector({
  store,
  storeId: storeId(location),
  httpPort: Number(httpPort),
  grpcPort: Number(grpcPort),
  standbyPollMs: 100,
  log,
});
const tell = () => process.stdout.write(`${JSON.stringify(collector.status())}\n`);
collector.onStatus(tell);
tell();
