import { render } from "preact";
import { openPage } from "./open-page.ts";
import { ReportPage } from "./report-page.tsx";

render(<ReportPage page={openPage(document)} />, document.getElementById("page")!);
